package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.dialect.Out;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.StreamWriter;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes one streamed answer as Responses events, in the order in which OpenAI sends them.
///
/// A part is an output item of its own. Its text goes out as it comes, and is kept: the events that end it, and the
/// answer, tell all of it again.
final class ResponsesStreamWriter implements StreamWriter {

    private final Out out;
    private final Standing standing = new Standing();

    /// The items that may still grow, by their parts.
    private final Map<Integer, ItemWriter> open = new HashMap<>(4);

    /// The items that are whole, by their index.
    private final Map<Integer, String> whole = new TreeMap<>();

    private @Nullable ItemWriter last;
    private int lastPart = -1;
    private int items;
    private StopReason reason = StopReason.END;

    ResponsesStreamWriter(Out out) {
        this.out = out;
    }

    @Override
    public Standing standing() {
        return standing;
    }

    @Override
    public void on(AnswerEvent event) {
        switch (event) {
            case AnswerEvent.Started started -> {
                if (!standing.started) {
                    standing.id = AnswerWriter.responseId(started.id());
                    standing.model = started.model();
                    standing.created = started.created();
                    start();
                }
            }
            case Delta delta -> delta(delta);
            case AnswerEvent.ToolCalled call -> {
                if (call.choice() == 0) {
                    start();
                    begin(call.part(), ItemWriter.call(standing, items, call.id(), call.name(), call.freeform()));
                }
            }
            case AnswerEvent.Sealed sealed -> {
                if (sealed.choice() == 0) {
                    item(sealed.part(), AnswerEvent.Kind.REASONING).seal(sealed.seal());
                }
            }
            case AnswerEvent.PartEnded ended -> {
                if (ended.choice() == 0) {
                    end(ended.part(), "completed");
                }
            }
            case AnswerEvent.Used used -> standing.usage = used.usage();
            case AnswerEvent.Ended ended -> {
                if (ended.choice() == 0) {
                    reason = ended.reason();
                    standing.finishedChoices |= 1;
                }
            }
            case AnswerEvent.Completed _ -> complete();
            case AnswerEvent.Unshown _, AnswerEvent.Failed _ -> {} // a failure is the codec's to write
        }
    }

    /// Tells that an answer begins; some providers never say so.
    private void start() {
        if (standing.started) {
            return;
        }
        if (standing.id.isEmpty()) {
            standing.id = AnswerWriter.responseId("");
        }
        out.append(ResponsesEnds.created(standing));
        out.append(Shapes.event(
                "response.in_progress",
                ++standing.sequence,
                ",\"response\":" + Shapes.response(standing, "in_progress", "null", "null", "", "")));
    }

    private void delta(Delta delta) {
        if (delta.choice() != 0 || delta.to() == delta.from()) {
            return;
        }
        ItemWriter item = last;
        if (item == null || lastPart != delta.part()) {
            item = item(delta.part(), delta.kind());
            last = item;
            lastPart = delta.part();
        }
        item.delta(out, delta.bytes(), delta.from(), delta.to());
    }

    private ItemWriter item(int part, AnswerEvent.Kind kind) {
        ItemWriter known = open.get(part);
        if (known != null) {
            return known;
        }
        start();
        return switch (kind) {
            case TEXT, ARGUMENTS -> begin(part, ItemWriter.text(standing, items));
            case REFUSAL -> begin(part, ItemWriter.refusal(standing, items));
            case REASONING -> begin(part, ItemWriter.reasoning(standing, items));
        };
    }

    @CanIgnoreReturnValue
    private ItemWriter begin(int part, ItemWriter item) {
        open.put(part, item);
        standing.open.add(items);
        standing.hasOutput = true;
        items++;
        item.begin(out);
        return item;
    }

    private void end(int part, String status) {
        ItemWriter item = open.remove(part);
        if (item != null) {
            whole.put(item.index(), item.end(out, status));
            standing.open.remove(item.index());
        }
        if (part == lastPart) {
            last = null;
            lastPart = -1;
        }
    }

    private void complete() {
        start();
        String status = AnswerWriter.status(reason);
        open.keySet().stream().sorted().toList().forEach(part -> end(part, status));
        out.append(Shapes.event(
                "response." + status,
                ++standing.sequence,
                ",\"response\":"
                        + Shapes.response(
                                standing,
                                status,
                                "null",
                                AnswerWriter.incomplete(reason),
                                String.join(",", whole.values()),
                                Shapes.usage(standing.usage))));
    }
}
