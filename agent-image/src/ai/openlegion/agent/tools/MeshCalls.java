package ai.openlegion.agent.tools;

import ai.openlegion.agent.mesh.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// How tools speak with the mesh: what goes into a path, and what an answer means.
final class MeshCalls {

    static final Duration DEADLINE = Duration.ofSeconds(30);

    /// Parsed, an answer can be twenty times as large.
    private static final int MOST_BYTES = 1 << 20;

    private static final String PLAIN = "-._~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private MeshCalls() {}

    /// What the mesh answered, or its refusal in its own words.
    static Object result(Reply reply) {
        if (reply.isOk() && reply.body().length > MOST_BYTES) {
            return Tool.error("it is done, but the answer is too large to show: " + reply.body().length + " bytes");
        }
        if (reply.isOk()) {
            return reply.json().orElseGet(() -> Map.of("done", true));
        }
        Map<String, Object> refusal = new LinkedHashMap<>(Tool.error(reply.reason()));
        refusal.put("status", reply.status());
        reply.header("Retry-After").ifPresent(seconds -> refusal.put("retry_after", seconds));
        return refusal;
    }

    /// A text as one part of a path or query.
    static String encode(String text) {
        return encode(text, PLAIN);
    }

    /// The same, but for characters that may stand as they are.
    static String encode(String text, String asTheyAre) {
        var encoded = new StringBuilder();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if (each > 0 && asTheyAre.indexOf(each) >= 0) {
                encoded.append((char) each);
            } else {
                encoded.append(String.format("%%%02X", each));
            }
        }
        return encoded.toString();
    }

    /// A key of the blackboard as a path: its slashes stay.
    static String key(String key) {
        return encode(key, PLAIN + "/");
    }

    /// The path and query of a service's address: what is encoded already stays so.
    static String address(String path) {
        return encode(path, PLAIN + "/?&=+,;:@!$'()*%");
    }
}
