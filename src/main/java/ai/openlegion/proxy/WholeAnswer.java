package ai.openlegion.proxy;

import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Collector;
import ai.openlegion.dialect.Events;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A provider's whole answer to a call, read for what it cost and, where it is told in other words, for what it says.
public final class WholeAnswer {

    private final Meter meter = new Meter();
    private final @Nullable Collector collector;
    private boolean started;
    private @Nullable Fault fault;

    private WholeAnswer(boolean collect) {
        collector = collect ? new Collector() : null;
    }

    /// Reads an answer.
    ///
    /// @param collect whether what it says is kept
    /// @param also is told what it says too
    /// @throws IOException when it is no document of the reader's dialect
    public static WholeAnswer read(byte[] json, AnswerReader reader, boolean collect, Events also) throws IOException {
        var answer = new WholeAnswer(collect);
        List<AnswerEvent> said = new ArrayList<>();
        reader.whole(json, said::add);
        answer.meter.document(said);
        said.forEach(answer::take);
        said.forEach(also::on);
        return answer;
    }

    private void take(AnswerEvent event) {
        if (event instanceof AnswerEvent.Started) {
            started = true;
        } else if (event instanceof AnswerEvent.Failed(Fault why)) {
            fault = why;
        }
        if (collector != null) {
            collector.on(event);
        }
    }

    /// Whether the document is an answer at all, and no error.
    public boolean isAnswer() {
        return started && fault == null;
    }

    /// What the provider says went wrong, where the document is an error.
    public @Nullable Fault fault() {
        return fault;
    }

    /// The provider's own figures, if it gave any.
    public @Nullable Usage usage() {
        return meter.usage();
    }

    /// The fewest output tokens the answer can have cost.
    public long lowerBound() {
        return meter.lowerBound();
    }

    /// The most output tokens the answer shows.
    public long upperBound() {
        return meter.upperBound();
    }

    /// What the first choice says.
    ///
    /// @throws IllegalStateException unless it was collected
    public Answer said() {
        if (collector == null) {
            throw new IllegalStateException("the answer was not collected");
        }
        return collector.answer();
    }
}
