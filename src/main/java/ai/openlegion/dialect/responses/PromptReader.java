package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.Fields;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Role;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads what a Responses request means.
final class PromptReader {

    /// What is said in a prompt.
    private static final Set<String> SAID = Set.of(
            "input",
            "instructions",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "temperature",
            "top_p",
            "text",
            "reasoning",
            "top_logprobs",
            "include",
            "safety_identifier",
            "user");

    /// What is said elsewhere, by the caller of the codec: the model, the maximum, whether it streams. What the strict
    /// scan lets through only where it says nothing. And what the mesh drops for every provider.
    private static final Set<String> ELSEWHERE = Set.of(
            "model",
            "stream",
            "max_output_tokens",
            "max_tokens",
            "max_completion_tokens",
            "background",
            "previous_response_id",
            "conversation",
            "prompt",
            "context_management",
            "service_tier",
            "agent_id",
            "api_key",
            "api_base",
            "base_url",
            "extra_headers",
            "extra_body",
            "custom_llm_provider");

    /// Hints without a meaning for another provider; an answer without them is the same answer.
    /// - `store`: nothing is stored elsewhere; `metadata`, `client_metadata`: labels of what is stored, or traced
    /// - `prompt_cache_*`: where and how long OpenAI caches a prompt
    /// - `truncation`: what OpenAI does with a prompt that is too long, which other providers refuse
    /// - `stream_options`: `include_obfuscation`, padding against eavesdroppers of OpenAI's network
    /// - `max_tool_calls`: counts calls of tools that OpenAI runs, of which there are none
    private static final Set<String> HINTS = Set.of(
            "store",
            "metadata",
            "client_metadata",
            "prompt_cache_key",
            "prompt_cache_retention",
            "prompt_cache_options",
            "truncation",
            "stream_options",
            "max_tool_calls");

    private static final Set<String> KNOWN = known();

    /// `defer_loading`, `allowed_callers` and `output_schema` are for the search of tools and for programs at OpenAI.
    private static final Set<String> OF_A_FUNCTION = Set.of(
            "type", "name", "description", "parameters", "strict", "defer_loading", "allowed_callers", "output_schema");

    private static final Set<String> OF_A_CUSTOM_TOOL =
            Set.of("type", "name", "description", "format", "defer_loading", "allowed_callers");

    private final Fields request;

    private PromptReader(Map<String, @Nullable Object> body) {
        request = new Fields(body, "");
    }

    private static Set<String> known() {
        Set<String> known = new HashSet<>(SAID);
        known.addAll(ELSEWHERE);
        known.addAll(HINTS);
        return Set.copyOf(known);
    }

    static Prompt read(Map<String, @Nullable Object> body) throws Untranslatable {
        return new PromptReader(body).prompt();
    }

    private Prompt prompt() throws Untranslatable {
        request.only(KNOWN);
        logprobs();
        List<Turn> turns = new ArrayList<>();
        String instructions = request.string("instructions");
        if (instructions != null && !instructions.isEmpty()) {
            turns.add(new Turn(Role.SYSTEM, List.of(new Part.Text(instructions))));
        }
        turns.addAll(InputReader.read(request));
        Fields text = request.optional("text");
        if (text != null) {
            text.only(Set.of("format", "verbosity"));
        }
        String user = request.string("safety_identifier");
        return new Prompt(
                turns,
                tools(),
                toolChoice(),
                request.truth("parallel_tool_calls"),
                request.number("temperature"),
                request.number("top_p"),
                null,
                List.of(),
                thinking(),
                text == null ? null : format(text),
                text == null ? null : text.string("verbosity"),
                user == null ? request.string("user") : user);
    }

    /// Other dialects tell no likelihoods of tokens in a way that this one could pass on.
    private void logprobs() throws Untranslatable {
        BigDecimal top = request.number("top_logprobs");
        if (top != null && top.signum() != 0) {
            throw request.wrong("top_logprobs", "cannot be had from this model's provider");
        }
        List<?> include = request.list("include");
        for (int i = 0; i < include.size(); i++) {
            if (String.valueOf(include.get(i)).endsWith(".logprobs")) {
                throw request.wrong("include[" + i + "]", "cannot be had from this model's provider");
            }
        }
    }

    private List<Tool> tools() throws Untranslatable {
        List<Tool> tools = new ArrayList<>();
        List<?> given = request.list("tools");
        for (int i = 0; i < given.size(); i++) {
            Fields tool = Fields.of(given.get(i), "tools[" + i + "]");
            switch (tool.required("type")) {
                case "function" -> {
                    tool.only(OF_A_FUNCTION);
                    tools.add(new Tool(
                            tool.required("name"),
                            tool.string("description"),
                            tool.map("parameters"),
                            tool.truth("strict"),
                            false,
                            null));
                }
                case "custom" -> {
                    tool.only(OF_A_CUSTOM_TOOL);
                    tools.add(new Tool(
                            tool.required("name"), tool.string("description"), null, null, true, grammar(tool)));
                }
                default -> // open: tools of OpenAI's own, which its models alone know
                    throw tool.wrong(
                            "type",
                            "is a tool that only OpenAI's models know: " + tool.required("type")
                                    + "; function and custom tools work with every model");
            }
        }
        return tools;
    }

    private static @Nullable Map<String, @Nullable Object> grammar(Fields tool) throws Untranslatable {
        Fields format = tool.optional("format");
        if (format == null || format.required("type").equals("text")) {
            return null;
        }
        if (!format.required("type").equals("grammar")) {
            throw format.wrong("type", "must be text or grammar");
        }
        Map<String, @Nullable Object> grammar = new LinkedHashMap<>();
        grammar.put("syntax", format.required("syntax"));
        grammar.put("definition", format.required("definition"));
        return grammar;
    }

    private @Nullable ToolChoice toolChoice() throws Untranslatable {
        Object choice = request.get("tool_choice");
        if (choice == null) {
            return null;
        }
        if (choice instanceof String word) {
            return switch (word) {
                case "auto" -> new ToolChoice.Auto();
                case "none" -> new ToolChoice.None();
                case "required" -> new ToolChoice.Required();
                default -> // open: a client's word
                    throw request.wrong("tool_choice", "must be auto, none, required or a tool");
            };
        }
        Fields tool = Fields.of(choice, "tool_choice");
        return switch (tool.required("type")) {
            case "function", "custom" -> new ToolChoice.Named(tool.required("name"));
            default -> // open: `allowed_tools`, and tools of OpenAI's own
                throw tool.wrong("type", "cannot be said to this model's provider; name one function or custom tool");
        };
    }

    private @Nullable Thinking thinking() throws Untranslatable {
        Fields reasoning = request.optional("reasoning");
        if (reasoning == null) {
            return null;
        }
        // `context` says which earlier reasoning OpenAI renders again; `mode` is `standard`, or was refused
        reasoning.only(Set.of("effort", "summary", "generate_summary", "context", "mode"));
        String effort = reasoning.string("effort");
        String summary = reasoning.string("summary");
        String wanted = summary == null ? reasoning.string("generate_summary") : summary;
        return effort == null && wanted == null ? null : new Thinking(effort, null, wanted);
    }

    private static @Nullable Format format(Fields text) throws Untranslatable {
        Fields format = text.optional("format");
        if (format == null) {
            return null;
        }
        return switch (format.required("type")) {
            case "text" -> null;
            case "json_object" -> new Format.JsonObject();
            case "json_schema" -> {
                Map<String, @Nullable Object> schema = format.map("schema");
                if (schema == null) {
                    throw format.wrong("schema", "is required");
                }
                yield new Format.JsonSchema(
                        format.required("name"), format.string("description"), schema, format.truth("strict"));
            }
            default -> throw format.wrong("type", "must be text, json_object or json_schema"); // open: formats to come
        };
    }
}
