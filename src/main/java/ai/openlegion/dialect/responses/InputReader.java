package ai.openlegion.dialect.responses;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Fields;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the conversation of a Responses request. Its items are smaller than turns: what the model said and called
/// between two words of the user is one turn, and so are results that come together.
final class InputReader {

    private final List<Turn> turns = new ArrayList<>();

    /// The parts of the turn to which the next item may belong.
    private List<Part> growing = new ArrayList<>();

    private boolean isResults;

    private InputReader() {}

    static List<Turn> read(Fields request) throws Untranslatable {
        var reader = new InputReader();
        switch (request.get("input")) {
            case null -> throw request.wrong("input", "is required");
            case String text -> reader.turn(Role.USER, List.of(new Part.Text(text)));
            case List<?> items -> {
                for (int i = 0; i < items.size(); i++) {
                    reader.item(Fields.of(items.get(i), "input[" + i + "]"));
                }
            }
            default -> throw request.wrong("input", "must be a string or an array of items"); // open: any JSON value
        }
        return reader.turns;
    }

    private void item(Fields item) throws Untranslatable {
        String type = item.string("type");
        switch (type == null ? "message" : type) {
            case "message" -> message(item);
            case "reasoning" -> reasoning(item);
            case "function_call" -> call(item, "arguments", false);
            case "custom_tool_call" -> call(item, "input", true);
            case "function_call_output" -> result(item, false);
            case "custom_tool_call_output" -> result(item, true);
            default -> // open: calls of tools that only OpenAI's models know
                throw item.wrong("type", "is an item that only OpenAI's models know: " + type);
        }
    }

    private void message(Fields item) throws Untranslatable {
        List<Part> content = content(item, "content");
        switch (item.required("role")) {
            case "assistant" -> said(content);
            case "user" -> turn(Role.USER, content);
            case "system" -> turn(Role.SYSTEM, content);
            case "developer" -> turn(Role.DEVELOPER, content);
            default -> // open: a client's word
                throw item.wrong("role", "must be user, assistant, system or developer");
        }
    }

    /// Text, or parts of it. Breakpoints of the prompt cache, annotations and likelihoods are hints.
    private static List<Part> content(Fields item, String name) throws Untranslatable {
        if (item.get(name) instanceof String text) {
            return List.of(new Part.Text(text));
        }
        List<Part> parts = new ArrayList<>();
        List<?> given = item.list(name);
        for (int i = 0; i < given.size(); i++) {
            Fields part = Fields.of(given.get(i), item.at(name) + "[" + i + "]");
            parts.add(
                    switch (part.required("type")) {
                        case "input_text", "output_text", "text" -> new Part.Text(part.required("text"));
                        case "refusal" -> new Part.Refusal(part.required("refusal"));
                        case "input_image" -> image(part);
                        default -> // open: parts to come
                            throw part.wrong("type", "must be text, a refusal or an image");
                    });
        }
        return parts;
    }

    private static Part image(Fields part) throws Untranslatable {
        if (part.get("file_id") != null) {
            throw part.wrong("file_id", "is known to OpenAI alone; send the image as image_url");
        }
        return new Part.Image(part.required("image_url"), part.string("detail"));
    }

    private void call(Fields item, String arguments, boolean freeform) throws Untranslatable {
        if (item.get("namespace") != null) {
            throw item.wrong("namespace", "is known to OpenAI's models alone");
        }
        said(List.of(new Part.ToolCall(
                item.required("call_id"), item.required("name"), item.required(arguments), freeform)));
    }

    private void result(Fields item, boolean freeform) throws Untranslatable {
        if (!isResults) {
            growing = new ArrayList<>();
            turns.add(new Turn(Role.USER, growing));
        }
        isResults = true;
        growing.add(new Part.ToolResult(item.required("call_id"), content(item, "output"), false, freeform));
    }

    /// What may be read of it is told where it stands; what is sealed goes back to whoever sealed it.
    private void reasoning(Fields item) throws Untranslatable {
        var text = new StringBuilder();
        for (String section : List.of("summary", "content")) {
            List<?> given = item.list(section);
            for (int i = 0; i < given.size(); i++) {
                String piece = Fields.of(given.get(i), item.at(section) + "[" + i + "]")
                        .string("text");
                if (piece != null && !piece.isEmpty()) {
                    text.append(text.isEmpty() ? "" : "\n\n").append(piece);
                }
            }
        }
        Part.Seal seal = seal(item.string("encrypted_content"), item.string("id"));
        if (!text.isEmpty() || seal != null) {
            said(List.of(new Part.Reasoning(text.toString(), seal)));
        }
    }

    private static Part.@Nullable Seal seal(@Nullable String sealed, @Nullable String id) {
        if (sealed == null || sealed.isEmpty()) {
            return null;
        }
        Part.Seal foreign = Part.Seal.unwrap(sealed);
        return foreign == null ? new Part.Seal(Dialect.RESPONSES, id, sealed, true) : foreign;
    }

    private void turn(Role role, List<Part> parts) {
        growing = new ArrayList<>(parts);
        isResults = false;
        turns.add(new Turn(role, growing));
    }

    private void said(List<Part> parts) {
        boolean goesOn = !turns.isEmpty() && turns.getLast().role() == Role.ASSISTANT;
        if (goesOn) {
            growing.addAll(parts);
        } else {
            turn(Role.ASSISTANT, parts);
        }
    }
}
