package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.Usage;
import ai.openlegion.json.Members;
import java.nio.charset.StandardCharsets;

/// The JSON that whole answers and streams have in common: the response object, its items, events.
///
/// The members are those without which the SDKs of OpenAI or Codex do not take an object; a text is given as the inside
/// of a JSON string, escaped already.
final class Shapes {

    private Shapes() {}

    /// A server-sent event, its blank line included.
    ///
    /// @param members what follows the number, beginning with a comma
    static byte[] event(String type, long sequence, String members) {
        return ("event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":" + sequence + members
                        + "}\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// A response object.
    ///
    /// @param error      an object or `null`
    /// @param incomplete an object or `null`
    /// @param output     the items, with commas between them
    /// @param usage      an object; empty where there are no figures yet
    static String response(
            Standing standing, String status, String error, String incomplete, String output, String usage) {
        return "{\"id\":" + Members.quoted(standing.id) + ",\"object\":\"response\",\"created_at\":" + standing.created
                + ",\"status\":\"" + status + "\",\"background\":false,\"error\":" + error + ",\"incomplete_details\":"
                + incomplete + ",\"instructions\":null,\"max_output_tokens\":null,\"metadata\":{},\"model\":"
                + Members.quoted(standing.model) + ",\"output\":[" + output
                + "],\"parallel_tool_calls\":true,\"previous_response_id\":null,\"reasoning\":{\"effort\":null,"
                + "\"summary\":null},\"service_tier\":\"default\",\"store\":false,\"temperature\":null,"
                + "\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null,"
                + "\"truncation\":\"disabled\",\"usage\":" + (usage.isEmpty() ? "null" : usage) + ",\"user\":null}";
    }

    static String usage(Usage usage) {
        return "{\"input_tokens\":" + usage.inputTokens() + ",\"input_tokens_details\":{\"cached_tokens\":"
                + usage.cachedTokens() + ",\"cache_write_tokens\":"
                + (usage.cacheWriteTokens() + usage.cacheWriteLongTokens()) + "},\"output_tokens\":"
                + usage.outputTokens() + ",\"output_tokens_details\":{\"reasoning_tokens\":" + usage.reasoningTokens()
                + "},\"total_tokens\":" + (usage.inputTokens() + usage.outputTokens()) + "}";
    }

    /// A message of one content.
    static String message(String id, String status, String content) {
        return "{\"id\":\"" + id + "\",\"type\":\"message\",\"status\":\"" + status + "\",\"content\":[" + content
                + "],\"role\":\"assistant\"}";
    }

    static String outputText(String text) {
        return "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"" + text + "\"}";
    }

    static String refusal(String text) {
        return "{\"type\":\"refusal\",\"refusal\":\"" + text + "\"}";
    }

    static String functionCall(String id, String status, String callId, String name, String arguments) {
        return "{\"id\":\"" + id + "\",\"type\":\"function_call\",\"status\":\"" + status + "\",\"arguments\":\""
                + arguments + "\",\"call_id\":" + Members.quoted(callId) + ",\"name\":" + Members.quoted(name) + "}";
    }

    static String customToolCall(String id, String status, String callId, String name, String input) {
        return "{\"id\":\"" + id + "\",\"type\":\"custom_tool_call\",\"status\":\"" + status + "\",\"call_id\":"
                + Members.quoted(callId) + ",\"input\":\"" + input + "\",\"name\":" + Members.quoted(name) + "}";
    }

    /// Reasoning, all of whose summary is one part; none where there is no text.
    ///
    /// @param sealed JSON: a string or `null`
    static String reasoning(String id, String status, String text, String sealed) {
        return "{\"id\":" + Members.quoted(id) + ",\"type\":\"reasoning\",\"summary\":["
                + (text.isEmpty() ? "" : summary(text)) + "],\"encrypted_content\":" + sealed + ",\"status\":\""
                + status + "\"}";
    }

    static String summary(String text) {
        return "{\"type\":\"summary_text\",\"text\":\"" + text + "\"}";
    }
}
