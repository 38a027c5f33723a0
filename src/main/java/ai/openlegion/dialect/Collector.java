package ai.openlegion.dialect;

import ai.openlegion.dialect.AnswerEvent.Delta;
import ai.openlegion.json.PlainJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Puts the events of an answer's first choice together to the whole of it.
public final class Collector implements Events {

    /// A part as far as it has come.
    private static final class Growing {
        AnswerEvent.Kind kind = AnswerEvent.Kind.TEXT;

        /// The text, as the inside of a JSON string.
        final ByteArrayOutputStream raw = new ByteArrayOutputStream();

        AnswerEvent.@Nullable ToolCalled call;
        Part.@Nullable Seal seal;

        Part whole() {
            String text = unescaped();
            AnswerEvent.ToolCalled called = call;
            if (called != null) {
                return new Part.ToolCall(called.id(), called.name(), text, called.freeform());
            }
            if (seal != null) {
                return new Part.Reasoning(text, seal);
            }
            return switch (kind) {
                case TEXT, ARGUMENTS -> new Part.Text(text);
                case REFUSAL -> new Part.Refusal(text);
                case REASONING -> new Part.Reasoning(text, null);
            };
        }

        private String unescaped() {
            String inside = raw.toString(StandardCharsets.UTF_8);
            return inside.indexOf('\\') < 0 ? inside : String.valueOf(PlainJson.read('"' + inside + '"'));
        }
    }

    private final Map<Integer, Growing> parts = new LinkedHashMap<>();
    private String id = "";
    private String model = "";
    private long created;
    private StopReason reason = StopReason.END;
    private String stop = "";
    private Usage usage = Usage.of(0, 0);

    @Override
    public void on(AnswerEvent event) {
        switch (event) {
            case AnswerEvent.Started started -> {
                id = started.id();
                model = started.model();
                created = started.created();
            }
            case Delta delta -> {
                if (delta.choice() == 0) {
                    Growing part = part(delta.part());
                    part.kind = delta.kind();
                    part.raw.write(delta.bytes(), delta.from(), delta.to() - delta.from());
                }
            }
            case AnswerEvent.ToolCalled called -> {
                if (called.choice() == 0) {
                    part(called.part()).call = called;
                }
            }
            case AnswerEvent.Sealed sealed -> {
                if (sealed.choice() == 0) {
                    part(sealed.part()).seal = sealed.seal();
                }
            }
            case AnswerEvent.Ended ended -> {
                if (ended.choice() == 0) {
                    reason = ended.reason();
                    stop = ended.stop() == null ? "" : ended.stop();
                }
            }
            case AnswerEvent.Used used -> usage = used.usage();
            case AnswerEvent.PartEnded _, AnswerEvent.Unshown _, AnswerEvent.Completed _, AnswerEvent.Failed _ -> {}
        }
    }

    private Growing part(int number) {
        return parts.computeIfAbsent(number, _ -> new Growing());
    }

    /// All that was said so far.
    public Answer answer() {
        List<Part> whole = parts.values().stream().map(Growing::whole).toList();
        return new Answer(id, model, created, whole, reason, stop, usage);
    }
}
