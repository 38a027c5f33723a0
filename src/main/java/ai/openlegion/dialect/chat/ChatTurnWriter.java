package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns as the messages of a chat request.
///
/// Results of tools come first in a turn, since each has to follow its call. A result holds text alone: its images come
/// behind all results of the turn, in a message of the user that says whose they are. Instructions of a developer are
/// said by `system`, which models that know `developer` take for the same, and the others know alone. Reasoning is left
/// out: no field of the dialect takes it back.
final class ChatTurnWriter {

    private final List<Object> messages = new ArrayList<>();

    List<Object> write(List<Turn> turns) throws Untranslatable {
        for (Turn turn : turns) {
            switch (turn.role()) {
                case SYSTEM, DEVELOPER -> instruction(turn);
                case USER -> user(turn);
                case ASSISTANT -> assistant(turn);
            }
        }
        return messages;
    }

    private void instruction(Turn turn) throws Untranslatable {
        List<Object> content = new ArrayList<>();
        for (Part part : turn.parts()) {
            if (!(part instanceof Part.Text)) {
                throw misplaced("Instructions can hold text alone in Chat Completions");
            }
            content.add(content(part));
        }
        var _ = message("system", content, "");
    }

    private void user(Turn turn) throws Untranslatable {
        List<Object> content = new ArrayList<>();
        for (Part part : turn.parts()) {
            if (part instanceof Part.ToolResult result) {
                result(result, content);
            }
        }
        boolean results = !messages.isEmpty() && turn.parts().stream().anyMatch(Part.ToolResult.class::isInstance);
        for (Part part : turn.parts()) {
            if (!(part instanceof Part.ToolResult)) {
                content.add(content(part));
            }
        }
        if (!content.isEmpty() || !results) {
            var _ = message("user", content, "");
        }
    }

    private void result(Part.ToolResult result, List<Object> images) throws Untranslatable {
        List<Object> texts = new ArrayList<>();
        boolean announced = false;
        for (Part part : result.content()) {
            if (part instanceof Part.Image) {
                if (!announced) {
                    announced = true;
                    images.add(text("Image from the result of tool call " + result.callId() + ":"));
                }
                images.add(content(part));
            } else if (part instanceof Part.Text(String text)) {
                boolean unsaid = result.error()
                        && texts.isEmpty()
                        && !text.strip().toLowerCase(Locale.ROOT).startsWith("error");
                texts.add(text(unsaid ? "Error: " + text : text));
            } else {
                throw misplaced("Results of tools can hold text and images alone");
            }
        }
        if (texts.isEmpty() && (announced || result.error())) {
            texts.add(text(result.error() ? "Error" : "The result is the image below."));
        }
        var _ = message("tool", texts, "").put("tool_call_id", result.callId());
    }

    private void assistant(Turn turn) throws Untranslatable {
        List<Object> content = new ArrayList<>();
        List<Object> calls = new ArrayList<>();
        var refusal = new StringBuilder();
        for (Part part : turn.parts()) {
            switch (part) {
                case Part.Text(String text) -> content.add(text(text));
                case Part.Refusal(String text) -> refusal.append(text);
                case Part.ToolCall call -> calls.add(call(call));
                case Part.Reasoning _ -> {}
                case Part.Image _, Part.ToolResult _ ->
                    throw misplaced("A model's turn can hold text and tool calls alone in Chat Completions");
            }
        }
        boolean thoughtAlone = !turn.parts().isEmpty() && content.isEmpty() && calls.isEmpty() && refusal.isEmpty();
        if (thoughtAlone) {
            return;
        }
        Map<String, @Nullable Object> message =
                message("assistant", content, calls.isEmpty() && refusal.isEmpty() ? "" : null);
        if (!refusal.isEmpty()) {
            message.put("refusal", refusal.toString());
        }
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls);
        }
    }

    private static Map<String, @Nullable Object> call(Part.ToolCall call) {
        Map<String, @Nullable Object> inner = new LinkedHashMap<>();
        inner.put("name", call.name());
        inner.put(call.freeform() ? "input" : "arguments", call.arguments());
        Map<String, @Nullable Object> outer = new LinkedHashMap<>();
        outer.put("id", call.id());
        outer.putAll(ChatPromptWriter.typed(call.freeform() ? "custom" : "function", inner));
        return outer;
    }

    /// A single text is a plain string, which every vendor takes.
    private Map<String, @Nullable Object> message(String role, List<Object> content, @Nullable String empty) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", role);
        boolean plain = content.size() == 1
                && content.getFirst() instanceof Map<?, ?> only
                && only.get("text") instanceof String;
        if (content.isEmpty()) {
            message.put("content", empty);
        } else {
            message.put("content", plain ? ((Map<?, ?>) content.getFirst()).get("text") : content);
        }
        messages.add(message);
        return message;
    }

    private static Object content(Part part) throws Untranslatable {
        return switch (part) {
            case Part.Text(String text) -> text(text);
            case Part.Image image -> {
                Map<String, @Nullable Object> inner = new LinkedHashMap<>();
                inner.put("url", image.url());
                if (image.detail() != null) {
                    inner.put("detail", image.detail());
                }
                yield ChatPromptWriter.typed("image_url", inner);
            }
            case Part.Refusal _, Part.ToolCall _, Part.ToolResult _, Part.Reasoning _ ->
                throw misplaced("A user's turn can hold text, images and results of tools alone");
        };
    }

    private static Object text(String text) {
        return ChatPromptWriter.typed("text", text);
    }

    private static Untranslatable misplaced(String why) {
        return new Untranslatable("messages", why);
    }
}
