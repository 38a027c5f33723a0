package ai.openlegion.dialect.responses;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.OpenAiEffort;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes a prompt as a Responses request. Nothing of it is stored, so what its provider seals is asked for.
final class PromptWriter {

    /// OpenAI takes no longer id of a user; a longer one is another vendor's, and a hint.
    private static final int USER_MAX = 64;

    private final Map<String, @Nullable Object> body = new LinkedHashMap<>();
    private final List<@Nullable Object> input = new ArrayList<>();

    private PromptWriter() {}

    static Map<String, @Nullable Object> write(Prompt prompt, String model, boolean stream) throws Untranslatable {
        return new PromptWriter().body(prompt, model, stream);
    }

    private Map<String, @Nullable Object> body(Prompt prompt, String model, boolean stream) throws Untranslatable {
        if (!prompt.stops().isEmpty()) {
            throw new Untranslatable("stop", "stop sequences are unknown to this model's provider; leave them out");
        }
        if (prompt.topK() != null) {
            throw new Untranslatable("top_k", "top_k is unknown to this model's provider; leave it out");
        }
        body.put("model", model);
        List<Turn> turns = prompt.turns();
        if (!turns.isEmpty() && isInstructions(turns.getFirst())) {
            body.put("instructions", text(turns.getFirst().parts()));
            turns = turns.subList(1, turns.size());
        }
        body.put("input", input);
        for (Turn turn : turns) {
            turn(turn);
        }
        if (!prompt.tools().isEmpty()) {
            body.put("tools", prompt.tools().stream().map(PromptWriter::tool).toList());
        }
        if (prompt.toolChoice() != null) {
            body.put("tool_choice", choice(prompt.toolChoice(), prompt.tools()));
        }
        optional("parallel_tool_calls", prompt.parallelTools());
        optional("temperature", prompt.temperature());
        optional("top_p", prompt.topP());
        text(prompt.format(), prompt.verbosity());
        thinking(prompt.thinking(), model);
        if (prompt.endUser() != null && prompt.endUser().length() <= USER_MAX) {
            body.put("user", prompt.endUser());
        }
        body.put("store", false);
        if (stream) {
            body.put("stream", true);
        }
        return body;
    }

    private void optional(String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    private static boolean isInstructions(Turn turn) {
        return turn.role() == Role.SYSTEM && turn.parts().stream().allMatch(Part.Text.class::isInstance);
    }

    private static String text(List<Part> texts) {
        var all = new StringBuilder();
        for (Part part : texts) {
            if (part instanceof Part.Text text) {
                all.append(all.isEmpty() ? "" : "\n\n").append(text.text());
            }
        }
        return all.toString();
    }

    private void turn(Turn turn) throws Untranslatable {
        boolean isModel = turn.role() == Role.ASSISTANT;
        List<@Nullable Object> content = new ArrayList<>();
        for (Part part : turn.parts()) {
            switch (part) {
                case Part.Text text -> content.add(typed(isModel ? "output_text" : "input_text", "text", text.text()));
                case Part.Refusal refusal -> content.add(typed("refusal", "refusal", refusal.text()));
                case Part.Image image -> content.add(image(image, isModel));
                case Part.ToolCall call -> {
                    content = message(turn.role(), content);
                    input.add(call(call));
                }
                case Part.ToolResult result -> {
                    content = message(turn.role(), content);
                    input.add(result(result));
                }
                case Part.Reasoning reasoning -> {
                    Part.Seal seal = reasoning.sealed();
                    // what another provider sealed, or none, is nothing that this one could read
                    if (seal != null && seal.dialect() == Dialect.RESPONSES) {
                        content = message(turn.role(), content);
                        input.add(reasoning(reasoning.text(), seal));
                    }
                }
            }
        }
        var _ = message(turn.role(), content);
    }

    /// Adds what was said so far as a message, and begins anew.
    private List<@Nullable Object> message(Role role, List<@Nullable Object> content) {
        if (content.isEmpty()) {
            return content;
        }
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("type", "message");
        message.put(
                "role",
                switch (role) {
                    case SYSTEM -> "system";
                    case DEVELOPER -> "developer";
                    case USER -> "user";
                    case ASSISTANT -> "assistant";
                });
        message.put("content", content);
        input.add(message);
        return new ArrayList<>();
    }

    private static Map<String, @Nullable Object> typed(String type, String name, @Nullable Object value) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("type", type);
        object.put(name, value);
        return object;
    }

    private static Map<String, @Nullable Object> image(Part.Image image, boolean isModel) throws Untranslatable {
        if (isModel) {
            throw new Untranslatable("messages", "an image in a message of the model's cannot be sent to this model");
        }
        Map<String, @Nullable Object> part = typed("input_image", "image_url", image.url());
        if (image.detail() != null) {
            part.put("detail", image.detail());
        }
        return part;
    }

    private static Map<String, @Nullable Object> call(Part.ToolCall call) {
        Map<String, @Nullable Object> item =
                typed(call.freeform() ? "custom_tool_call" : "function_call", "call_id", call.id());
        item.put("name", call.name());
        item.put(call.freeform() ? "input" : "arguments", call.arguments());
        return item;
    }

    /// That a tool failed has no word of its own here: its text says so, as it does in Chat Completions.
    private static Map<String, @Nullable Object> result(Part.ToolResult result) throws Untranslatable {
        Map<String, @Nullable Object> item = typed(
                result.freeform() ? "custom_tool_call_output" : "function_call_output", "call_id", result.callId());
        List<Part> content = result.error() ? failed(result.content()) : result.content();
        if (content.isEmpty()) {
            item.put("output", "");
        } else if (content.size() == 1 && content.getFirst() instanceof Part.Text only) {
            item.put("output", only.text());
        } else {
            List<@Nullable Object> output = new ArrayList<>();
            for (Part part : content) {
                output.add(
                        switch (part) {
                            case Part.Text text -> typed("input_text", "text", text.text());
                            case Part.Image image -> image(image, false);
                            case Part.Refusal _, Part.ToolCall _, Part.ToolResult _, Part.Reasoning _ ->
                                throw new Untranslatable("messages", "a tool's result holds more than text and images");
                        });
            }
            item.put("output", output);
        }
        return item;
    }

    /// What a tool said, with a word before it that it failed, unless it says so itself.
    private static List<Part> failed(List<Part> content) {
        List<Part> told = new ArrayList<>(content);
        if (!told.isEmpty() && told.getFirst() instanceof Part.Text(String text) && !text.isBlank()) {
            boolean said = text.strip().toLowerCase(Locale.ROOT).startsWith("error");
            told.set(0, new Part.Text(said ? text : "Error: " + text));
        } else {
            boolean isBlank = !told.isEmpty() && told.getFirst() instanceof Part.Text;
            Part error = new Part.Text("Error");
            if (isBlank) {
                told.set(0, error);
            } else {
                told.addFirst(error);
            }
        }
        return told;
    }

    private static Map<String, @Nullable Object> reasoning(String text, Part.Seal seal) {
        Map<String, @Nullable Object> item = new LinkedHashMap<>();
        item.put("type", "reasoning");
        if (seal.id() != null) {
            item.put("id", seal.id());
        }
        item.put("summary", text.isEmpty() ? List.of() : List.of(typed("summary_text", "text", text)));
        item.put("encrypted_content", seal.data());
        return item;
    }

    /// Here a function is strict unless it says otherwise; elsewhere it is not.
    private static Map<String, @Nullable Object> tool(Tool tool) {
        Map<String, @Nullable Object> written = typed(tool.freeform() ? "custom" : "function", "name", tool.name());
        if (tool.description() != null) {
            written.put("description", tool.description());
        }
        if (!tool.freeform()) {
            written.put("parameters", tool.parameters());
            written.put("strict", tool.strict() != null && tool.strict());
        } else if (tool.grammar() != null) {
            Map<String, @Nullable Object> format = new LinkedHashMap<>();
            format.put("type", "grammar");
            format.putAll(tool.grammar());
            written.put("format", format);
        }
        return written;
    }

    private static Object choice(ToolChoice choice, List<Tool> tools) {
        return switch (choice) {
            case ToolChoice.Auto _ -> "auto";
            case ToolChoice.None _ -> "none";
            case ToolChoice.Required _ -> "required";
            case ToolChoice.Named named -> {
                boolean isFreeform = tools.stream()
                        .anyMatch(tool -> tool.freeform() && tool.name().equals(named.name()));
                yield typed(isFreeform ? "custom" : "function", "name", named.name());
            }
        };
    }

    private void text(@Nullable Format format, @Nullable String verbosity) {
        Map<String, @Nullable Object> text = new LinkedHashMap<>();
        switch (format) {
            case null -> {}
            case Format.JsonObject _ -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                object.put("type", "json_object");
                text.put("format", object);
            }
            case Format.JsonSchema schema -> {
                Map<String, @Nullable Object> object = typed("json_schema", "name", schema.name());
                if (schema.description() != null) {
                    object.put("description", schema.description());
                }
                object.put("schema", schema.schema());
                if (schema.strict() != null) {
                    object.put("strict", schema.strict());
                }
                text.put("format", object);
            }
        }
        if (verbosity != null) {
            text.put("verbosity", verbosity);
        }
        if (!text.isEmpty()) {
            body.put("text", text);
        }
    }

    private void thinking(@Nullable Thinking thinking, String model) {
        if (thinking == null || !OpenAiEffort.isTakenBy(model)) {
            return;
        }
        String effort = OpenAiEffort.of(effort(thinking), model);
        if (effort == null && thinking.summary() == null) {
            return;
        }
        Map<String, @Nullable Object> reasoning = new LinkedHashMap<>();
        if (effort != null) {
            reasoning.put("effort", effort);
        }
        if (thinking.summary() != null) {
            reasoning.put("summary", thinking.summary());
        }
        body.put("reasoning", reasoning);
        if (!"none".equals(effort)) {
            body.put("include", List.of("reasoning.encrypted_content"));
        }
    }

    /// OpenAI knows efforts only. The bounds are those under which Claude Code's words for a budget lie: 4,000 tokens
    /// for "think", 10,000 for "think hard", 31,999 for the most.
    private static @Nullable String effort(Thinking thinking) {
        Long budget = thinking.budgetTokens();
        if (thinking.effort() != null || budget == null) {
            return thinking.effort();
        }
        return budget == 0 ? "none" : budget <= 4000 ? "low" : budget <= 10_000 ? "medium" : "high";
    }
}
