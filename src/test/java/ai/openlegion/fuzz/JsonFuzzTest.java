package ai.openlegion.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.json.Members;
import ai.openlegion.proxy.BodyRewrite;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.CallRequest.Scan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is JSON to the mesh is what a strict parser takes for it, and a request is changed in nothing but its model,
/// its
/// maximum and its usage flag.
@Timeout(3600)
class JsonFuzzTest {

    private static final Map<String, Function<byte[], Scan>> READERS = Map.of(
            "chat", CallRequest::scan,
            "messages", CallRequest::scanMessages,
            "responses", CallRequest::scanResponses,
            "embeddings", CallRequest::scanEmbeddings,
            "envelope", CallRequest::scanEnvelope);

    @Test
    void bodies_are_read_as_a_strict_parser_reads_them() {
        int cases = Fuzz.run("members", 8_000, (fuzz, random) -> {
            String text = random.nextInt(6) == 0 ? JsonTexts.value(random, 4) : JsonTexts.object(random, 4);
            byte[] json = fuzz.input(JsonTexts.bytes(random, text));
            JsonOracle.Value right = JsonOracle.read(json);
            Members.Reading reading = Members.read(json);
            boolean object = right != null && right.is() instanceof Map;
            assertThat(reading instanceof Members.Malformed).as("%s", reading).isEqualTo(right == null);
            assertThat(reading instanceof Members.NotAnObject).isEqualTo(right != null && !object);
            if (reading instanceof Members.Read(Members members) && right != null) {
                Map<?, ?> wanted = (Map<?, ?>) java.util.Objects.requireNonNull(right.is());
                assertThat(members.names()).containsExactlyElementsOf(names(wanted));
                assertThat(JsonOracle.read(members.whole().getBytes(UTF_8))).isEqualTo(right);
                for (String name : names(wanted)) {
                    Object value = wanted.get(name);
                    assertThat(members.has(name)).isEqualTo(value != null);
                    String raw = members.raw(name);
                    assertThat(raw == null ? null : JsonOracle.read(raw.getBytes(UTF_8)))
                            .isEqualTo(raw == null ? null : new JsonOracle.Value(value));
                    assertThat(members.string(name)).isEqualTo(value instanceof String ? value : null);
                }
            }
            assertThat(Members.value(json) != null).isEqualTo(right != null);
        });
        assertThat(cases).isPositive();
    }

    private static List<String> names(Map<?, ?> members) {
        return members.keySet().stream().map(String::valueOf).toList();
    }

    private static String request(String door, String more) {
        String messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
        String body = switch (door) {
            case "responses" -> "{\"model\":\"sim/small\",\"max_output_tokens\":90,\"input\":\"hi\"," + more + "}";
            case "embeddings" -> "{\"model\":\"sim/small\",\"input\":\"hi\"," + more + "}";
            default -> "{\"model\":\"sim/small\",\"max_tokens\":90," + messages + "," + more + "}"; // open: chat
        };
        return door.equals("envelope") ? "{\"service\":\"llm\",\"action\":\"chat\",\"params\":" + body + "}" : body;
    }

    @Test
    void requests_are_taken_if_and_only_if_a_strict_parser_takes_them() {
        int cases = Fuzz.run("requests", 6_000, (fuzz, random) -> {
            String door = Fuzz.pick(random, READERS.keySet().stream().sorted().toList());
            String name = "x_" + random.nextInt(1000);
            String text = request(door, "\"" + name + "\":" + JsonTexts.value(random, 3));
            boolean whole = random.nextInt(3) == 0;
            byte[] json = fuzz.input(whole ? text.getBytes(UTF_8) : JsonTexts.bytes(random, text));
            JsonOracle.Value right = JsonOracle.read(json);
            Scan scan = java.util.Objects.requireNonNull(READERS.get(door)).apply(json);
            if (right == null) {
                assertThat(scan).isInstanceOf(Scan.Malformed.class);
            } else if (whole) {
                assertThat(scan).isInstanceOf(Scan.Valid.class);
            }
            if (scan instanceof Scan.Malformed wrong) {
                assertThat(wrong.status()).isIn(400, 422);
            }
        });
        assertThat(cases).isPositive();
    }

    @Test
    void a_rewritten_request_differs_in_nothing_but_model_maximum_and_usage_flag() {
        int cases = Fuzz.run("rewrite", 4_000, (fuzz, random) -> {
            boolean stream = random.nextBoolean();
            String text =
                    "{\"model\":\"sim/small\",\"max_tokens\":90,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"x_1\":"
                            + JsonTexts.value(random, 3) + (stream ? ",\"stream\":true" : "") + ",\"x_2\":"
                            + JsonTexts.value(random, 3) + "}";
            byte[] json = fuzz.input(JsonTexts.bytes(random, text));
            if (!(CallRequest.scan(json) instanceof Scan.Valid(CallRequest request))) {
                return;
            }
            JsonOracle.Value before = java.util.Objects.requireNonNull(JsonOracle.read(json));
            byte[] sent = BodyRewrite.upstreamBody(request, "small", 40, "max_tokens", request.stream())
                    .getBytes();
            JsonOracle.Value after = JsonOracle.read(sent);
            assertThat(after).as(new String(sent, UTF_8)).isNotNull();
            assertThat(kept(after)).as(new String(sent, UTF_8)).isEqualTo(kept(before));
            Map<?, ?> members = (Map<?, ?>) java.util.Objects.requireNonNull(
                    java.util.Objects.requireNonNull(after).is());
            assertThat(members.get("model")).isEqualTo("small");
            assertThat(members.get("max_tokens")).isEqualTo(new JsonOracle.Digits("40"));
        });
        assertThat(cases).isPositive();
    }

    /// What must be the same before and after, in its order.
    private static String kept(JsonOracle.@Nullable Value value) {
        var kept = new LinkedHashMap<Object, @Nullable Object>();
        if (value != null && value.is() instanceof Map<?, ?> members) {
            members.forEach(kept::put);
        }
        List.of(
                        "model",
                        "max_tokens",
                        "max_completion_tokens",
                        "max_output_tokens",
                        "stream_options",
                        "api_key",
                        "api_base",
                        "base_url",
                        "extra_headers",
                        "extra_body",
                        "custom_llm_provider")
                .forEach(kept::remove);
        return kept.toString();
    }
}
