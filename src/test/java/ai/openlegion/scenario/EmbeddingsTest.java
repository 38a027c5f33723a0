package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Vectors by both doors, judged by what the provider counted.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class EmbeddingsTest {

    /// Pico-USD a token of `sim/vectors` costs.
    private static final long TOKEN = 1_000_000;

    private static Upstream upstream;
    private static PlainService plain;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        plain = PlainService.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .mesh("  sim/vectors: {kind: embedding, input_usd_per_mtok: 1.00}\n")
                .agent("alpha", "100")
                .agent("sdk", "100")
                .agent("blind", "100")
                .agent("narrow", "100", "\"sim/small\"", "[\"llm\"]")
                .agent("mute", "100", "\"sim/*\"", "[]")
                .agent("zero", "0")
                .agent("tight", "0.001"));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        plain.close();
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    @Test
    void texts_and_tokens_become_vectors_and_cost_what_the_provider_counted() {
        long before = mesh.spend("alpha").spent();
        long tokens = 0;
        for (Object input : List.of(
                "one text",
                new JsonArray().add("one").add("two €"),
                new JsonArray().add(1).add(2).add(3),
                new JsonArray().add(new JsonArray().add(1).add(2)).add(new JsonArray().add(3)))) {
            Reply reply = mesh.post("alpha", "/v1/embeddings", request(input).put("user", "u"));
            assertThat(reply.status()).as("%s", reply.body()).isEqualTo(200);
            assertThat(reply.json().getJsonArray("data").getJsonObject(0).getJsonArray("embedding"))
                    .hasSize(8);
            tokens += reply.json().getJsonObject("usage").getLong("prompt_tokens");
        }
        assertThat(tokens).isEqualTo(upstream.counts().inputTokens());
        assertThat(mesh.settledSpend("alpha").spent() - before).isEqualTo(tokens * TOKEN);
    }

    @Test
    void the_mesh_door_embeds_a_text() {
        JsonObject reply = mesh.post(
                        "alpha",
                        "/mesh/api",
                        new JsonObject()
                                .put("service", "llm")
                                .put("action", "embed")
                                .put(
                                        "params",
                                        new JsonObject()
                                                .put("model", "sim/vectors")
                                                .put("text", "some \"words\"")))
                .json();

        assertThat(reply.getBoolean("success")).as("%s", reply).isTrue();
        JsonObject data = reply.getJsonObject("data");
        assertThat(data.getJsonArray("embedding")).hasSize(256);
        assertThat(data.getLong("input_tokens")).isEqualTo(upstream.counts().inputTokens());
        assertThat(data.getString("model")).isEqualTo("sim/vectors");
        assertThat(data.getDouble("cost_usd")).isEqualTo(data.getLong("input_tokens") / 1e6);
    }

    @Test
    void the_official_sdk_gets_its_vectors() throws Exception {
        JsonObject options = new JsonObject()
                .put("model", "sim/vectors")
                .put("input", new JsonArray().add("a").add("b"));

        JsonObject packed = Node.sdk(mesh, "sdk", "embeddings", options);
        JsonObject listed = Node.sdk(
                mesh, "sdk", "embeddings", options.put("more", new JsonObject().put("encoding_format", "float")));

        assertThat(packed.getJsonArray("vectors")).as("%s", packed).containsExactly(256, 256);
        assertThat(listed.getJsonArray("vectors")).containsExactly(256, 256);
        assertThat(packed.getDouble("first")).isEqualTo(listed.getDouble("first"), within());
        assertThat(mesh.settledSpend("sdk").spent()).isEqualTo(upstream.counts().inputTokens() * TOKEN);
    }

    private static Offset<Double> within() {
        return Offset.offset(1e-6);
    }

    @Test
    void a_model_is_asked_only_for_what_it_is_for() {
        Reply chatModel = mesh.post("alpha", "/v1/embeddings", request("x").put("model", "sim/small"));
        Reply embeddingModel = mesh.chat("alpha", Chat.of("sim/vectors", "tokens=5"));

        assertThat(chatModel.status()).isEqualTo(400);
        assertThat(chatModel.error().getString("message")).startsWith("The model sim/small makes no embeddings");
        assertThat(embeddingModel.status()).isEqualTo(400);
        assertThat(embeddingModel.error().getString("message"))
                .startsWith("The model sim/vectors makes embeddings only");
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void who_may_not_or_has_nothing_reaches_nothing() {
        assertThat(mesh.post("narrow", "/v1/embeddings", request("x")).status()).isEqualTo(403);
        assertThat(mesh.post("mute", "/v1/embeddings", request("x")).status()).isEqualTo(403);
        assertThat(mesh.post("zero", "/v1/embeddings", request("x")).status()).isEqualTo(402);
        assertThat(mesh.post("alpha", "/v1/embeddings", request("x").put("model", "sim/unknown"))
                        .status())
                .isEqualTo(400);
        assertThat(mesh.post("alpha", "/v1/embeddings", request("x").put("model", "nowhere/x"))
                        .status())
                .isEqualTo(404);
        assertThat(upstream.requests()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"sim/vectors\"}",
                "{\"input\":\"x\"}",
                "{\"model\":\"sim/vectors\",\"input\":null}",
                "{\"model\":\"sim/vectors\",\"input\":7}",
                "{\"model\":\"sim/vectors\",\"input\":[]}",
                "{\"model\":\"sim/vectors\",\"input\":[[]]}",
                "{\"model\":\"sim/vectors\",\"input\":[\"x\",1]}",
                "{\"model\":\"sim/vectors\",\"input\":[1,\"x\"]}",
                "{\"model\":\"sim/vectors\",\"input\":[[1],2]}",
                "{\"model\":\"sim/vectors\",\"input\":[1.5]}",
                "{\"model\":\"sim/vectors\",\"input\":[{\"type\":\"image_url\"}]}",
                "{\"model\":\"sim/vectors\",\"input\":\"x\",\"input\":\"y\"}",
                "{\"model\":\"sim/vectors\",\"Input\":\"y\",\"input\":\"x\",\"service_tier\":\"flex\"}"
            })
    void a_request_that_nothing_bounds_is_refused(String body) {
        assertThat(mesh.post("alpha", "/v1/embeddings", body).status()).isEqualTo(400);
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void not_one_token_more_than_the_budget_pays_for() throws Exception {
        // 400 bytes are 100 tokens to the provider, and at most 424 to anybody: six of them fit into 1,000
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(() -> mesh.post("tight", "/v1/embeddings", request("x".repeat(400)))
                    .status());
        }
        try (ExecutorService crowd = Executors.newFixedThreadPool(50)) {
            for (Future<Integer> call : crowd.invokeAll(calls)) {
                assertThat(call.get()).isIn(200, 402);
            }
        }
        while (mesh.post("tight", "/v1/embeddings", request("x".repeat(400))).status() == 200) {
            assertThat(upstream.counts().inputTokens()).isLessThanOrEqualTo(1_000);
        }

        assertThat(upstream.counts().inputTokens()).isEqualTo(600);
        Spend spend = mesh.settledSpend("tight");
        assertThat(spend.spent()).isEqualTo(600 * TOKEN);
        assertThat(spend.unreconciled()).isZero();
    }

    @Test
    void an_error_costs_nothing_and_an_answer_without_figures_its_bound() {
        Reply failed = mesh.post("blind", "/v1/embeddings", request("[[sim status=500]]"));
        assertThat(failed.status()).isEqualTo(500);
        assertThat(mesh.settledSpend("blind").gone()).isZero();

        mesh.home().upstream("http://127.0.0.1:" + plain.port() + "/v1").write();
        mesh.reload();
        try {
            Reply blind = mesh.post("blind", "/v1/embeddings", request("x".repeat(400)));
            assertThat(blind.status()).isEqualTo(200);
            assertThat(plain.last().getString("body"))
                    .contains("\"model\":\"vectors\"")
                    .doesNotContain("max_tokens");
            assertThat(mesh.settledSpend("blind").gone()).isEqualTo(424 * TOKEN);
        } finally {
            mesh.home().upstream(upstream.baseUrl().toString()).write();
            mesh.reload();
        }
    }

    private static JsonObject request(Object input) {
        return new JsonObject().put("model", "sim/vectors").put("input", input).put("dimensions", 8);
    }
}
