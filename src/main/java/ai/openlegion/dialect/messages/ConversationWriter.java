package ai.openlegion.dialect.messages;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import ai.openlegion.json.PlainJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Writes the turns of a conversation: `system` and `messages`.
///
/// Instructions before the first turn of the user are the system prompt. Later ones keep their place: as a message of
/// their own where the model takes it, which is behind the user's turn and before the model's, else as text of the
/// user.
final class ConversationWriter {

    private static final Pattern ID = Pattern.compile("[a-zA-Z0-9_-]+");

    private final ClaudeModel model;
    private final Map<String, @Nullable Object> body;
    private final List<Map<String, @Nullable Object>> system = new ArrayList<>();
    private final List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    private String role = "";
    private List<Map<String, @Nullable Object>> content = new ArrayList<>();

    ConversationWriter(ClaudeModel model, Map<String, @Nullable Object> body) {
        this.model = model;
        this.body = body;
    }

    void write(List<Turn> turns) throws Untranslatable {
        for (int i = 0; i < turns.size(); i++) {
            Turn turn = turns.get(i);
            boolean beforeModel = i + 1 == turns.size() || turns.get(i + 1).role() == Role.ASSISTANT;
            turn(turn, beforeModel);
        }
        finish();
        if (messages.isEmpty()) {
            throw new Untranslatable("messages", "messages must hold a turn of the user for this model's provider");
        }
        if (!system.isEmpty()) {
            body.put("system", system);
        }
        body.put("messages", messages);
    }

    private void turn(Turn turn, boolean beforeModel) throws Untranslatable {
        switch (turn.role()) {
            case USER -> {
                begin("user");
                for (Part part : turn.parts()) {
                    ofUser(part);
                }
            }
            case ASSISTANT -> {
                begin("assistant");
                for (Part part : turn.parts()) {
                    ofModel(part);
                }
            }
            case SYSTEM, DEVELOPER -> instructions(turn, beforeModel);
        }
    }

    private void instructions(Turn turn, boolean beforeModel) throws Untranslatable {
        boolean first = messages.isEmpty() && content.isEmpty();
        if (!first) {
            boolean own = role.equals("user") && beforeModel && model.takesLateInstructions();
            begin(own ? "system" : "user");
        }
        for (Part part : turn.parts()) {
            if (!(part instanceof Part.Text(String text))) {
                throw new Untranslatable("messages", "messages: instructions other than text have no equal");
            }
            if (!text.isBlank()) {
                (first ? system : content).add(text(text));
            }
        }
    }

    /// Turns of one side that follow each other are one message.
    private void begin(String next) {
        if (!role.equals(next)) {
            finish();
            role = next;
        }
    }

    private void finish() {
        if (!content.isEmpty()) {
            // results have to stand before what the user says to them
            content.sort((a, b) -> Boolean.compare(isResult(b), isResult(a)));
            messages.add(Json.object("role", role, "content", content));
            content = new ArrayList<>();
        }
    }

    private static boolean isResult(Map<?, ?> block) {
        return "tool_result".equals(block.get("type"));
    }

    private void ofUser(Part part) throws Untranslatable {
        switch (part) {
            case Part.Text(String text) -> say(text);
            case Part.Image(String url, String detail) -> content.add(image(url));
            case Part.ToolResult result -> content.add(result(result));
            case Part.Refusal _, Part.ToolCall _, Part.Reasoning _ ->
                throw new Untranslatable("messages", "messages: a turn of the user holds what only a model says");
        }
    }

    private void ofModel(Part part) throws Untranslatable {
        switch (part) {
            case Part.Text(String text) -> say(text);
            case Part.Refusal(String text) -> say(text);
            case Part.ToolCall call -> content.add(call(call));
            case Part.Reasoning(String text, Part.Seal seal) -> {
                // unsealed, or sealed by another: Anthropic's models refuse what they have not signed
                if (seal != null && seal.dialect() == Dialect.ANTHROPIC) {
                    content.add(MessagesAnswerWriter.thinking(text, seal));
                }
            }
            case Part.Image _, Part.ToolResult _ ->
                throw new Untranslatable("messages", "messages: a turn of the model holds what only a user says");
        }
    }

    /// Blocks without a visible character are refused there.
    private void say(String text) {
        if (!text.isBlank()) {
            content.add(text(text));
        }
    }

    private static Map<String, @Nullable Object> text(String text) {
        return Json.object("type", "text", "text", text);
    }

    private static Map<String, @Nullable Object> image(String url) throws Untranslatable {
        if (url.startsWith("https://") || url.startsWith("http://")) {
            return Json.object("type", "image", "source", Json.object("type", "url", "url", url));
        }
        int comma = url.indexOf(";base64,");
        if (!url.startsWith("data:") || comma < 0) {
            throw new Untranslatable("messages", "messages: an image must be an http URL or a data URL in base64");
        }
        return Json.object(
                "type",
                "image",
                "source",
                Json.object(
                        "type", "base64",
                        "media_type", url.substring("data:".length(), comma),
                        "data", url.substring(comma + ";base64,".length())));
    }

    private static Map<String, @Nullable Object> call(Part.ToolCall call) throws Untranslatable {
        Map<String, @Nullable Object> input;
        if (call.freeform()) {
            input = Json.object("input", call.arguments());
        } else if (call.arguments().isBlank()) {
            input = Json.object();
        } else {
            try {
                input = PlainJson.readObject(call.arguments());
            } catch (IllegalArgumentException noObject) {
                throw new Untranslatable(
                        "messages",
                        "messages: the arguments of the tool call " + call.id() + " are no JSON object, which this "
                                + "model's provider requires");
            }
        }
        return Json.object(
                "type",
                "tool_use",
                "id",
                id(call.id()),
                "name",
                call.freeform() ? Freeform.marked(call.name()) : call.name(),
                "input",
                input);
    }

    private static Map<String, @Nullable Object> result(Part.ToolResult result) throws Untranslatable {
        List<Map<String, @Nullable Object>> told = new ArrayList<>();
        for (Part part : result.content()) {
            switch (part) {
                case Part.Text(String text) -> {
                    if (!text.isBlank()) {
                        told.add(text(text));
                    }
                }
                case Part.Image(String url, String detail) -> told.add(image(url));
                case Part.Refusal _, Part.ToolCall _, Part.ToolResult _, Part.Reasoning _ ->
                    throw new Untranslatable("messages", "messages: a tool's result holds text and images only");
            }
        }
        Map<String, @Nullable Object> block =
                Json.object("type", "tool_result", "tool_use_id", id(result.callId()), "content", told);
        if (result.error()) {
            block.put("is_error", true);
        }
        return block;
    }

    /// Other vendors' ids may hold characters that are refused here; calls and results name the same one either way.
    private static String id(String id) {
        return ID.matcher(id).matches()
                ? id
                : "toolu_"
                        + Base64.getUrlEncoder().withoutPadding().encodeToString(id.getBytes(StandardCharsets.UTF_8));
    }
}
