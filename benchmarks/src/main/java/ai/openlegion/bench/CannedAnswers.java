package ai.openlegion.bench;

import java.nio.charset.StandardCharsets;

/// The two answers of the canned provider, in the shape OpenAI sends them.
final class CannedAnswers {
    /// Content deltas in the streamed answer.
    static final int DELTAS = 64;

    /// What the text of each delta begins with; a digit follows.
    static final String WORD = " word";

    private static final String WORDS =
            "The mesh is the only way out, so what an agent may spend is decided where the money leaves. ";

    private CannedAnswers() {}

    /// A complete chat answer of about 1.1 KB, with its HTTP head.
    static byte[] json() {
        String body = """
                {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,\
                "model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"%s",\
                "refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],\
                "usage":{"prompt_tokens":212,"completion_tokens":64,"total_tokens":276,\
                "prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
                "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\
                "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},\
                "service_tier":"default","system_fingerprint":"fp_72ed7ab54c"}""".formatted(WORDS.repeat(5).strip());
        return bytes("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_canned\r\ncontent-length: "
                + body.length() + "\r\n\r\n" + body);
    }

    /// A streamed chat answer: role, 64 deltas, finish, usage and `[DONE]`, each frame an HTTP chunk of its own.
    static byte[] stream() {
        var text = new StringBuilder(opening());
        for (int i = 0; i < DELTAS; i++) {
            text.append(delta(i));
        }
        return bytes(text.append(ending(DELTAS)).toString());
    }

    /// How a streamed answer begins: its HTTP head and the frame that tells the role.
    static String opening() {
        var text = new StringBuilder("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                + "cache-control: no-cache\r\nx-request-id: req_canned\r\ntransfer-encoding: chunked\r\n\r\n");
        chunk(text, frame("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null"));
        return text.toString();
    }

    /// One delta of it, in an HTTP chunk.
    static String delta(int number) {
        var text = new StringBuilder();
        chunk(text, frame("{\"content\":\"" + WORD + number % 10 + "\"}", "null"));
        return text.toString();
    }

    /// How it ends after so many deltas.
    static String ending(int deltas) {
        var text = new StringBuilder();
        chunk(text, frame("{}", "\"stop\""));
        chunk(
                text,
                data("\"choices\":[],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":" + deltas
                        + ",\"total_tokens\":" + (212 + deltas) + "}"));
        chunk(text, "data: [DONE]\n\n");
        return text.append("0\r\n\r\n").toString();
    }

    private static String frame(String delta, String finish) {
        return data("\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finish
                + "}],\"usage\":null");
    }

    private static String data(String rest) {
        return "data: {\"id\":\"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT\",\"object\":\"chat.completion.chunk\","
                + "\"created\":1741569952,\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\","
                + "\"system_fingerprint\":\"fp_72ed7ab54c\"," + rest + "}\n\n";
    }

    static void chunk(StringBuilder text, String data) {
        text.append(Integer.toHexString(data.length()))
                .append("\r\n")
                .append(data)
                .append("\r\n");
    }

    private static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }
}
