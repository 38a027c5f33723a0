package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Requests whose making costs far more memory than their bytes: refused before they do, and others are served.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class LargeBodyTest {

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .everyDialect()
                .agent("alpha", "100", "\"*\"", "[\"llm\"]")
                .agent("zero", "0", "\"*\"", "[\"llm\"]"));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @Test
    void a_request_of_very_many_values_is_not_said_in_another_dialect() {
        String many = body("simant/small", "[0" + ",0".repeat(250_000) + "]");

        Reply broke = mesh.post("zero", "/v1/chat/completions", many);
        Reply rich = mesh.post("alpha", "/v1/chat/completions", many);

        assertThat(broke.status()).as("%s", broke.body()).isEqualTo(413);
        assertThat(rich.status()).as("%s", rich.body()).isEqualTo(413);
        assertThat(rich.error().getString("message")).contains("200000 JSON values");
        assertThat(upstream.requests()).isZero();
        assertThat(mesh.settledSpend("alpha").gone()).isZero();
    }

    @Test
    void a_request_of_very_many_bytes_is_not_said_in_another_dialect() {
        Reply reply = mesh.post(
                "alpha", "/v1/chat/completions", body("simant/small", "\"" + "x".repeat(9 * 1024 * 1024) + "\""));

        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(413);
        assertThat(reply.error().getString("message")).contains("8388608 bytes");
    }

    private static String body(String model, String values) {
        JsonObject chat = Chat.of(model, "tokens=3");
        String whole = chat.encode();
        return whole.substring(0, whole.length() - 1)
                + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"enum\":" + values
                + "}}}]}";
    }
}
