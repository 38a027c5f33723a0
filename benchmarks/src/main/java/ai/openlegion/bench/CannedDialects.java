package ai.openlegion.bench;

import java.nio.charset.StandardCharsets;

/// The streamed answer of [CannedAnswers] as the other dialects have it: 64 deltas, each event an HTTP chunk of its
/// own.
final class CannedDialects {
    private static final String HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
            + "cache-control: no-cache\r\nrequest-id: req_canned\r\ntransfer-encoding: chunked\r\n\r\n";

    private CannedDialects() {}

    /// Anthropic Messages.
    static byte[] messages() {
        var text = new StringBuilder(HEAD);
        event(
                text,
                "message_start",
                "\"message\":{\"id\":\"msg_01XFDUDYJgAACzvnptvVoYEL\",\"type\":\"message\",\"role\":\"assistant\","
                        + "\"model\":\"claude-sonnet-4-5-20250929\",\"content\":[],\"stop_reason\":null,"
                        + "\"stop_sequence\":null,\"usage\":{\"input_tokens\":212,\"cache_creation_input_tokens\":0,"
                        + "\"cache_read_input_tokens\":0,\"output_tokens\":1}}");
        event(text, "content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
        for (int i = 0; i < CannedAnswers.DELTAS; i++) {
            event(
                    text,
                    "content_block_delta",
                    "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word" + i % 10 + "\"}");
        }
        event(text, "content_block_stop", "\"index\":0");
        event(
                text,
                "message_delta",
                "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":64}");
        event(text, "message_stop", "");
        return ended(text);
    }

    /// OpenAI Responses.
    static byte[] responses() {
        var text = new StringBuilder(HEAD);
        int number = 0;
        String words = "";
        event(text, "response.created", numbered(number++, "\"response\":" + response("in_progress", "", "null")));
        event(text, "response.in_progress", numbered(number++, "\"response\":" + response("in_progress", "", "null")));
        event(
                text,
                "response.output_item.added",
                numbered(number++, "\"output_index\":0,\"item\":" + item("in_progress", "")));
        event(text, "response.content_part.added", numbered(number++, PLACE + ",\"part\":" + part("")));
        for (int i = 0; i < CannedAnswers.DELTAS; i++) {
            words += " word" + i % 10;
            event(
                    text,
                    "response.output_text.delta",
                    numbered(number++, PLACE + ",\"delta\":\" word" + i % 10 + "\",\"logprobs\":[]"));
        }
        event(
                text,
                "response.output_text.done",
                numbered(number++, PLACE + ",\"text\":\"" + words + "\",\"logprobs\":[]"));
        event(text, "response.content_part.done", numbered(number++, PLACE + ",\"part\":" + part(words)));
        event(
                text,
                "response.output_item.done",
                numbered(number++, "\"output_index\":0,\"item\":" + item("completed", part(words))));
        event(
                text,
                "response.completed",
                numbered(
                        number,
                        "\"response\":"
                                + response(
                                        "completed",
                                        item("completed", part(words)),
                                        "{\"input_tokens\":212,\"input_tokens_details\":{\"cached_tokens\":0},"
                                                + "\"output_tokens\":64,\"output_tokens_details\":{\"reasoning_tokens\":0},"
                                                + "\"total_tokens\":276}")));
        return ended(text);
    }

    private static final String ITEM = "msg_67ccf190ca3881909d433c50b1f6357e087bb177ab789d5c";
    private static final String PLACE = "\"item_id\":\"" + ITEM + "\",\"output_index\":0,\"content_index\":0";

    private static String numbered(int number, String rest) {
        return "\"sequence_number\":" + number + "," + rest;
    }

    private static String part(String text) {
        return "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"" + text + "\"}";
    }

    private static String item(String status, String part) {
        return "{\"id\":\"" + ITEM + "\",\"type\":\"message\",\"status\":\"" + status + "\",\"content\":[" + part
                + "],\"role\":\"assistant\"}";
    }

    private static String response(String status, String output, String usage) {
        return "{\"id\":\"resp_67ccf18ef5fc8190b16dbee19bc54e5f087bb177ab789d5c\",\"object\":\"response\","
                + "\"created_at\":1741484430,\"status\":\"" + status + "\",\"error\":null,"
                + "\"incomplete_details\":null,\"instructions\":null,\"model\":\"gpt-4o-mini-2024-07-18\",\"output\":["
                + output + "],\"parallel_tool_calls\":true,\"temperature\":0.2,\"tool_choice\":\"auto\",\"tools\":[],"
                + "\"top_p\":1.0,\"usage\":" + usage + ",\"metadata\":{}}";
    }

    private static void event(StringBuilder text, String type, String members) {
        CannedAnswers.chunk(
                text,
                "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.isEmpty() ? "" : "," + members)
                        + "}\n\n");
    }

    private static byte[] ended(StringBuilder text) {
        return text.append("0\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }
}
