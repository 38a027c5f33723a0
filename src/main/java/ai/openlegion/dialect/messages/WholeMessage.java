package ai.openlegion.dialect.messages;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerEvent.Kind;
import ai.openlegion.dialect.Events;
import ai.openlegion.dialect.Part.Seal;
import ai.openlegion.json.PlainJson;
import ai.openlegion.json.StrictJson;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a whole answer, the body of one that is not streamed.
final class WholeMessage {

    private final Events events;
    private final Set<String> freeform;
    private int parts;

    private WholeMessage(Events events, Set<String> freeform) {
        this.events = events;
        this.freeform = freeform;
    }

    /// @param freeform the request's freeform tools
    static void read(byte[] json, Set<String> freeform, Events events) throws IOException {
        Map<?, ?> message;
        try {
            message = PlainJson.readObject(new String(json, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException noObject) {
            throw new IOException("no answer of this dialect", noObject);
        }
        if ("error".equals(message.get("type")) && message.get("error") instanceof Map<?, ?> error) {
            events.on(new AnswerEvent.Failed(MessagesErrors.inStream(text(error, "type"), text(error, "message"))));
        } else if ("message".equals(message.get("type")) && message.get("content") instanceof List<?> content) {
            new WholeMessage(events, freeform).tell(json, message, content);
        } else {
            throw new IOException("no answer of this dialect");
        }
    }

    private void tell(byte[] json, Map<?, ?> message, List<?> content) throws IOException {
        events.on(new AnswerEvent.Started(text(message, "id"), text(message, "model"), 0));
        for (Object each : content) {
            if (each instanceof Map<?, ?> block) {
                block(block);
            }
        }
        Figures figures = figures(json);
        if (figures.areWhole()) {
            events.on(new AnswerEvent.Used(figures.usage()));
        }
        String stop = text(message, "stop_sequence");
        events.on(new AnswerEvent.Ended(0, StopWords.read(text(message, "stop_reason")), stop.isEmpty() ? null : stop));
        events.on(new AnswerEvent.Completed());
    }

    private static Figures figures(byte[] json) throws IOException {
        var figures = new Figures();
        try (JsonParser parser = StrictJson.lenient(json, 0, json.length)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isUsage = parser.currentName().equals("usage");
                parser.nextToken();
                if (isUsage) {
                    figures.read(parser);
                } else {
                    parser.skipChildren();
                }
            }
        }
        return figures;
    }

    private void block(Map<?, ?> block) {
        String kind = text(block, "type");
        switch (kind) {
            case "text" -> delta(Kind.TEXT, text(block, "text"));
            case "thinking" -> {
                delta(Kind.REASONING, text(block, "thinking"));
                seal(text(block, "signature"), true);
            }
            case "redacted_thinking" -> seal(text(block, "data"), false);
            case "tool_use" -> {
                String name = text(block, "name");
                String tool = Freeform.unmarked(name, freeform);
                events.on(new AnswerEvent.ToolCalled(
                        0, parts, text(block, "id"), tool == null ? name : tool, tool != null));
                Map<?, ?> input = block.get("input") instanceof Map<?, ?> object ? object : Map.of();
                String whole = PlainJson.write(input);
                if (tool != null && input.get("input") instanceof String text) {
                    delta(Kind.ARGUMENTS, text);
                    events.on(new AnswerEvent.Unshown(Math.max(0, whole.length() - text.length())));
                } else {
                    delta(Kind.ARGUMENTS, whole);
                }
            }
            default -> { // open: blocks of the provider's own tools
                events.on(new AnswerEvent.Unshown(Json.utf8(PlainJson.write(block)).length));
                return;
            }
        }
        events.on(new AnswerEvent.PartEnded(0, parts++));
    }

    private void delta(Kind kind, String text) {
        if (!text.isEmpty()) {
            byte[] inside = Json.inside(text);
            events.on(new AnswerEvent.Delta(kind, 0, parts, inside, 0, inside.length));
        }
    }

    private void seal(String opaque, boolean readable) {
        if (!opaque.isEmpty()) {
            events.on(new AnswerEvent.Sealed(0, parts, new Seal(Dialect.ANTHROPIC, null, opaque, readable)));
        }
    }

    private static String text(Map<?, ?> object, String name) {
        return object.get(name) instanceof String text ? text : "";
    }
}
