package ai.openlegion.scenario;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// What an attacker writes into the bodies of its requests: what each route would like to read, for whoever it may
/// concern, and all that a careless reader might stumble over.
final class AttackBodies {

    private final String self;
    private final List<String> names;

    AttackBodies(String self, List<String> names) {
        this.self = self;
        this.names = names;
    }

    /// What each route that reads an object would want of a name; what it does not know it ignores.
    byte[] meant(String name, boolean second) {
        JsonObject text = new JsonObject().put("note", "harmless");
        JsonObject body = new JsonObject()
                .put("to", name)
                .put("type", "note")
                .put("topic", name)
                .put("payload", text)
                .put("key", name)
                .put("expected_version", second ? 1 : 0)
                .put("pattern", name)
                .put("service", name)
                .put("action", second ? "/" : "chat")
                .put("schedule", "every 300m")
                .put("message", "hello")
                .put("role", "helper")
                .put("ttl", 60)
                .put("name", name)
                .put("up_to", 0)
                .put("input", text)
                .put("model", "sim/small")
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", "hello")))
                .put("params", new JsonObject().put("path", "/"));
        if (second) {
            body.put("value", "attackers-value-0123456789").put("workflow", name);
        } else {
            body.put("value", text);
        }
        return bytes(body.encode());
    }

    byte[] next(Random random) {
        JsonObject body = wellFormed(random);
        if (random.nextInt(3) == 0) {
            body.put(
                    random.nextInt(3) == 0
                            ? "agent_id"
                            : pick(random, List.of("agent", "from", "from_agent", "source")),
                    name(random));
        }
        return spoiled(body, random);
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private String name(Random random) {
        return pick(random, names);
    }

    private JsonObject wellFormed(Random random) {
        JsonObject text = new JsonObject().put("note", "harmless");
        JsonArray messages =
                new JsonArray().add(new JsonObject().put("role", "user").put("content", "hello"));
        return switch (random.nextInt(16)) {
            case 0 ->
                new JsonObject().put("to", name(random)).put("type", "note").put("payload", text);
            case 1 ->
                new JsonObject()
                        .put("to", "orchestrator")
                        .put("type", "task_result")
                        .put(
                                "payload",
                                TaskAgent.result(name(random), "complete").put("result", text));
            case 2 -> new JsonObject().put("topic", name(random)).put("payload", text);
            case 3 ->
                new JsonObject().put("key", name(random)).put("value", text).put("expected_version", random.nextInt(3));
            case 4 -> new JsonObject().put("pattern", pick(random, List.of("*", "vault/*", "own/*", name(random))));
            case 5 ->
                new JsonObject()
                        .put("service", name(random))
                        .put("action", pick(random, List.of("chat", "embed", "/", "../x", "http://127.0.0.1/")))
                        .put(
                                "params",
                                new JsonObject()
                                        .put("model", "sim/small")
                                        .put("messages", messages)
                                        .put("text", "hello"));
            case 6 ->
                new JsonObject()
                        .put("model", pick(random, List.of("sim/small", "small", "stopping/small", "../sim/small")))
                        .put("messages", messages)
                        .put("max_tokens", 5)
                        .put("input", "hello")
                        .put("stream", random.nextBoolean());
            case 7 ->
                new JsonObject()
                        .put("schedule", "every 300m")
                        .put("message", "hello")
                        .put("agent", name(random));
            case 8 -> new JsonObject().put("schedule", "0 4 2 2 *").put("workflow", name(random));
            case 9 -> new JsonObject().put("input", text).put("workflow", name(random));
            case 10 -> new JsonObject().put("role", "helper").put("ttl", 60).put("model", "sim/small");
            case 11 -> new JsonObject().put("up_to", pick(random, List.of(0, 1, 1_000_000)));
            case 12 ->
                new JsonObject().put("capabilities", new JsonArray().add("x")).put("port", 8400);
            case 13 ->
                new JsonObject()
                        .put("name", pick(random, List.of("mine_key", "sim_api_key", "openai_api_key", name(random))))
                        .put("value", "attackers-value-0123456789");
            case 14 ->
                new JsonObject().put("daily_usd", 1000).put("monthly_usd", 1000).put("usd", 1);
            default -> // open: what the operator writes
                new JsonObject()
                        .put("message", "hello")
                        .put("task_type", "x")
                        .put("input_data", text)
                        .put("enabled", false)
                        .put("reason", "x");
        };
    }

    private byte[] spoiled(JsonObject body, Random random) {
        String text = body.encode();
        List<String> members = new ArrayList<>(body.fieldNames());
        String member = pick(random, members);
        String other = name(random);
        return switch (random.nextInt(34)) {
            case 0 -> bytes("{\"" + member + "\":\"" + other + "\"," + text.substring(1));
            case 1 -> bytes(text.substring(0, text.length() - 1) + ",\"" + member + "\":\"" + other + "\"}");
            case 2 -> bytes("{\"" + escaped(member) + "\":\"" + other + "\"," + text.substring(1));
            case 3 -> bytes("{\"agent_id\":\"" + self + "\",\"agent_\\u0069d\":\"" + other + "\"," + text.substring(1));
            case 4 -> bytes(body.put(member, new JsonArray().add(other)).encode());
            case 5 -> bytes(body.put(member, new JsonObject().put("$ne", other)).encode());
            case 6 -> bytes(body.putNull(member).encode());
            case 7 -> bytes(body.put(member, true).encode());
            case 8 -> bytes(body.put(member, -1).encode());
            case 9 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":1e400"));
            case 10 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":99999999999999999999"));
            case 11 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":1.5"));
            case 12 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":\"\\\\u0000\\\\ud800\""));
            case 13 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":\"" + "x".repeat(5000) + "\""));
            case 14 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":\"\""));
            case 15 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":\"" + other + "\\\\u0000\""));
            case 16 -> bytes(text.replaceFirst(":(\\d+|\"[^\"]*\")", ":\"own/../" + other + "\""));
            case 17 -> bytes("{\"x\":" + "[".repeat(100) + "]".repeat(100) + "," + text.substring(1));
            case 18 -> bytes("{\"x\":" + "{\"a\":".repeat(3000));
            case 19 -> bytes(text.substring(0, random.nextInt(text.length())));
            case 20 -> bytes(text + text);
            case 21 -> bytes("\ufeff" + text);
            case 22 -> text.getBytes(StandardCharsets.UTF_16);
            case 23 -> bytes("[" + text + "]");
            case 24 -> bytes(pick(random, List.of("", "null", "[]", "\"x\"", "0", "{}", "{", "true", "\u0000")));
            case 25 -> raw(text, 0xc0, 0xaf);
            case 26 -> raw(text, 0xed, 0xa0, 0x80);
            case 27 -> bytes("agent_id=" + other + "&to=" + other);
            case 28 -> bytes(text.replace('"', '\''));
            case 29 -> bytes("/*" + other + "*/" + text);
            case 30 -> bytes("--x\r\nContent-Disposition: form-data; name=\"agent_id\"\r\n\r\n" + other + "\r\n--x--");
            default -> bytes(text); // open: as it is
        };
    }

    private static String escaped(String member) {
        return String.format(Locale.ROOT, "\\u%04x", (int) member.charAt(0)) + member.substring(1);
    }

    private static byte[] raw(String text, int... octets) {
        var bytes = new ByteArrayOutputStream();
        int at = Math.max(0, text.lastIndexOf('"'));
        bytes.writeBytes(bytes(text.substring(0, at)));
        for (int octet : octets) {
            bytes.write(octet);
        }
        bytes.writeBytes(bytes(text.substring(at)));
        return bytes.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
