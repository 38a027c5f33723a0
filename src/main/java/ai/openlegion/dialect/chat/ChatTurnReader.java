package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.Fields;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The conversation of a chat request, as turns.
///
/// Results of tools, which have a role of their own here, are turns of the user; those that follow one another are one
/// turn.
final class ChatTurnReader {

    private static final Set<String> INSTRUCTION = Set.of("role", "content", "cache_control");
    /// The last ones are what clients send back of an answer although no provider reads it: sources, parsed forms,
    /// notes of other gateways. `reasoning_details` and `thinking_blocks` are opaque to all but their provider.
    private static final Set<String> ASSISTANT = Set.of(
            "role",
            "content",
            "refusal",
            "tool_calls",
            "function_call",
            "reasoning_content",
            "reasoning",
            "annotations",
            "parsed",
            "cache_control",
            "reasoning_details",
            "thinking_blocks",
            "provider_specific_fields");
    private static final Set<String> RESULT = Set.of("role", "content", "tool_call_id", "name", "cache_control");

    private final List<Turn> turns = new ArrayList<>();
    private final List<Part> results = new ArrayList<>();
    /// The ids of calls whose arguments are text of any kind.
    private final Set<String> freeform = new HashSet<>();
    /// The ids we gave the calls of old, which have none, by the function's name.
    private final Map<String, String> functions = new HashMap<>();

    List<Turn> read(List<?> messages) throws Untranslatable {
        for (int i = 0; i < messages.size(); i++) {
            message(Fields.of(messages.get(i), "messages[" + i + "]"), i);
        }
        flush();
        return List.copyOf(turns);
    }

    private void message(Fields message, int number) throws Untranslatable {
        String role = message.required("role");
        switch (role) {
            case "tool" -> result(message, message.required("tool_call_id"));
            case "function" -> {
                String id = functions.get(message.required("name"));
                if (id == null) {
                    throw message.wrong("name", "names no function that was called before");
                }
                result(message, id);
            }
            case "system", "developer", "user" -> {
                flush();
                message.only(INSTRUCTION);
                Role says = role.equals("user") ? Role.USER : role.equals("system") ? Role.SYSTEM : Role.DEVELOPER;
                turns.add(new Turn(says, content(message)));
            }
            case "assistant" -> {
                flush();
                message.only(ASSISTANT);
                turns.add(new Turn(Role.ASSISTANT, said(message, number)));
            }
            default -> // open: any text
                throw message.wrong("role", "must be system, developer, user, assistant, tool or function");
        }
    }

    private void result(Fields message, String id) throws Untranslatable {
        message.only(RESULT);
        List<Part> content = isSilent(message) ? List.of() : content(message);
        results.add(new Part.ToolResult(id, content, false, freeform.contains(id)));
    }

    private void flush() {
        if (!results.isEmpty()) {
            turns.add(new Turn(Role.USER, List.copyOf(results)));
            results.clear();
        }
    }

    private List<Part> said(Fields message, int number) throws Untranslatable {
        List<Part> parts = new ArrayList<>();
        String reasoning = message.string("reasoning_content");
        reasoning = reasoning == null ? message.string("reasoning") : reasoning;
        if (reasoning != null && !reasoning.isEmpty()) {
            parts.add(new Part.Reasoning(reasoning, null));
        }
        if (!isSilent(message)) {
            parts.addAll(content(message));
        }
        String refusal = message.string("refusal");
        if (refusal != null) {
            parts.add(new Part.Refusal(refusal));
        }
        List<?> calls = message.list("tool_calls");
        for (int i = 0; i < calls.size(); i++) {
            parts.add(call(Fields.of(calls.get(i), message.at("tool_calls[" + i + "]"))));
        }
        if (message.get("function_call") != null) {
            Fields old = message.object("function_call");
            String name = old.required("name");
            String id = "call_" + number;
            functions.put(name, id);
            parts.add(new Part.ToolCall(id, name, arguments(old), false));
        }
        return List.copyOf(parts);
    }

    private static boolean isSilent(Fields message) {
        return message.get("content") == null || "".equals(message.get("content"));
    }

    private Part call(Fields call) throws Untranslatable {
        String id = call.required("id");
        String type = call.string("type");
        return switch (type == null ? "function" : type) {
            case "function" -> {
                Fields function = call.object("function");
                yield new Part.ToolCall(id, function.required("name"), arguments(function), false);
            }
            case "custom" -> {
                Fields custom = call.object("custom");
                freeform.add(id);
                yield new Part.ToolCall(id, custom.required("name"), custom.required("input"), true);
            }
            default -> throw call.wrong("type", "must be function or custom"); // open: other vendors' tools
        };
    }

    /// No arguments at all are an empty text with some vendors, where JSON is meant.
    private static String arguments(Fields function) throws Untranslatable {
        String arguments = function.string("arguments");
        return arguments == null || arguments.isBlank() ? "{}" : arguments;
    }

    private static List<Part> content(Fields message) throws Untranslatable {
        if (message.get("content") instanceof String text) {
            return List.of(new Part.Text(text));
        }
        if (!(message.get("content") instanceof List<?> sent)) {
            throw message.wrong("content", "must be a string or an array of parts");
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
            parts.add(part(Fields.of(sent.get(i), message.at("content[" + i + "]"))));
        }
        return List.copyOf(parts);
    }

    private static Part part(Fields part) throws Untranslatable {
        return switch (part.required("type")) {
            case "text" -> {
                part.only(Set.of("type", "text", "cache_control", "annotations"));
                yield new Part.Text(part.required("text"));
            }
            case "refusal" -> new Part.Refusal(part.required("refusal"));
            case "image_url" -> {
                part.only(Set.of("type", "image_url", "cache_control"));
                Fields image = part.object("image_url");
                yield new Part.Image(image.required("url"), image.string("detail"));
            }
            default -> // open: audio, files and what comes later
                throw part.wrong("type", "must be text, image_url or refusal");
        };
    }
}
