package ai.openlegion.proxy;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.Usage;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an answer has cost so far, counted twice: the fewest tokens it can be, and the most (`budgets.md`, Meter).
final class Meter {

    private long deltas;
    private long bytes;
    private @Nullable Usage usage;
    private final BitSet finished = new BitSet();

    /// The choices that had a delta in the document being counted.
    private final BitSet heard = new BitSet();

    /// A document that says one delta and nothing else.
    void delta(int length) {
        deltas++;
        bytes += length;
    }

    /// What one document says. It counts as one token for each choice at least, not more: some providers send the same
    /// reasoning under two names.
    void document(List<AnswerEvent> said) {
        heard.clear();
        for (AnswerEvent event : said) {
            count(event);
        }
    }

    private void count(AnswerEvent event) {
        switch (event) {
            case AnswerEvent.Delta delta -> {
                bytes += delta.to() - delta.from();
                if (delta.to() > delta.from() && !heard.get(delta.choice())) {
                    heard.set(delta.choice());
                    deltas++;
                }
            }
            case AnswerEvent.Unshown unshown -> bytes += unshown.bytes();
            case AnswerEvent.Used used -> usage = used.usage();
            case AnswerEvent.Ended ended -> finished.set(ended.choice());
            case AnswerEvent.Sealed sealed -> bytes += sealed.seal().data().length();
            case AnswerEvent.Started _,
                    AnswerEvent.ToolCalled _,
                    AnswerEvent.PartEnded _,
                    AnswerEvent.Completed _,
                    AnswerEvent.Failed _ -> {}
        }
    }

    /// Forgets the deltas of a document that is not handed on.
    void backTo(long before) {
        deltas = before;
    }

    /// The fewest output tokens the provider can have produced.
    long lowerBound() {
        return deltas;
    }

    /// The most output tokens that were seen: no token is shorter than a byte.
    long upperBound() {
        return bytes;
    }

    @Nullable
    Usage usage() {
        return usage;
    }

    int finishedChoices() {
        return finished.cardinality();
    }
}
