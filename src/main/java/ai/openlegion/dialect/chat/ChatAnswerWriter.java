package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.dialect.Usage;
import ai.openlegion.json.PlainJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A whole answer in the words of Chat Completions.
final class ChatAnswerWriter {

    private ChatAnswerWriter() {}

    static byte[] write(Answer answer) {
        var text = new StringBuilder();
        var refusal = new StringBuilder();
        var reasoning = new StringBuilder();
        List<Object> calls = new ArrayList<>();
        for (Part part : answer.parts()) {
            switch (part) {
                case Part.Text(String more) -> text.append(more);
                case Part.Refusal(String more) -> refusal.append(more);
                case Part.Reasoning thought -> {
                    if (!thought.text().isEmpty()) {
                        reasoning
                                .append(reasoning.isEmpty() ? "" : ChatStreamWriter.BETWEEN_THOUGHTS)
                                .append(thought.text());
                    }
                }
                case Part.ToolCall call -> calls.add(call(call));
                case Part.Image _, Part.ToolResult _ -> {} // no model answers with these here
            }
        }
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        boolean unsaid = text.isEmpty() && !(calls.isEmpty() && refusal.isEmpty());
        message.put("content", unsaid ? null : text.toString());
        message.put("refusal", refusal.isEmpty() ? null : refusal.toString());
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls);
        }
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        choice.put("index", 0);
        choice.put("message", message);
        choice.put("logprobs", null);
        choice.put("finish_reason", finish(answer.reason()));
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("id", answer.id());
        document.put("object", "chat.completion");
        document.put("created", answer.created());
        document.put("model", answer.model());
        document.put("choices", List.of(choice));
        document.put("usage", usage(answer.usage()));
        return PlainJson.write(document).getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, @Nullable Object> call(Part.ToolCall call) {
        Map<String, @Nullable Object> inner = new LinkedHashMap<>();
        inner.put("name", call.name());
        boolean none = !call.freeform() && call.arguments().isEmpty();
        inner.put(call.freeform() ? "input" : "arguments", none ? "{}" : call.arguments());
        Map<String, @Nullable Object> outer = new LinkedHashMap<>();
        outer.put("id", call.id());
        outer.putAll(ChatPromptWriter.typed(call.freeform() ? "custom" : "function", inner));
        return outer;
    }

    /// The figures as this dialect has them. What was written to a cache is told where anything was.
    static Map<String, @Nullable Object> usage(Usage usage) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("prompt_tokens", usage.inputTokens());
        figures.put("completion_tokens", usage.outputTokens());
        figures.put("total_tokens", usage.inputTokens() + usage.outputTokens());
        Map<String, @Nullable Object> prompt = new LinkedHashMap<>();
        prompt.put("cached_tokens", usage.cachedTokens());
        long written = usage.cacheWriteTokens() + usage.cacheWriteLongTokens();
        if (written > 0) {
            prompt.put("cache_write_tokens", written);
        }
        figures.put("prompt_tokens_details", prompt);
        figures.put("completion_tokens_details", Map.of("reasoning_tokens", usage.reasoningTokens()));
        return figures;
    }

    /// An interrupted turn may be continued, as one that reached its maximum.
    static String finish(StopReason reason) {
        return switch (reason) {
            case END, STOP_SEQUENCE -> "stop";
            case LENGTH, PAUSED -> "length";
            case TOOL_CALLS -> "tool_calls";
            case REFUSAL -> "content_filter";
        };
    }
}
