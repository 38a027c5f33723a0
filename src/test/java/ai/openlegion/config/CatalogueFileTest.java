package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Rates;
import ai.openlegion.catalogue.Resolution;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CatalogueFileTest {

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void a_provider_names_the_further_dialects_it_serves() {
        Loaded loaded = files.mesh(HomeFiles.MESH.replace(
                        "dialect: openai,", "dialect: openai, also: [openai-responses, anthropic],"))
                .load();
        Provider sim = loaded.catalogue().provider("sim").orElseThrow();
        for (Dialect dialect : Dialect.values()) {
            assertThat(sim.serves(dialect)).isTrue();
            assertThat(model(loaded, "sim/small").dialectFor(dialect)).isEqualTo(dialect);
        }
        Provider openai = loaded.catalogue().provider("openai").orElseThrow();
        assertThat(openai.serves(Dialect.RESPONSES)).isTrue();
        assertThat(openai.serves(Dialect.ANTHROPIC)).isFalse();
    }

    @Test
    void a_home_changes_the_further_dialects_of_a_shipped_provider_and_keeps_the_rest() {
        Loaded loaded = files.mesh(HomeFiles.MESH.replace("providers: {", "providers: {openai: {also: []}, "))
                .load();
        Provider openai = loaded.catalogue().provider("openai").orElseThrow();
        assertThat(openai.also()).isEmpty();
        assertThat(openai.maxTokensField()).isEqualTo("max_completion_tokens");
        assertThat(loaded.catalogue().resolve("gpt-5.3-codex"))
                .as("a shipped model that answers in another dialect alone is gone with that dialect")
                .isInstanceOf(Resolution.Unpriced.class);
        assertThat(model(loaded, "gpt-5.5").provider()).isEqualTo(openai);
    }

    @Test
    void a_further_dialect_is_one_that_there_is_and_is_named_once() {
        files.mesh("""
                runtime: {kind: external}
                providers:
                  sim:
                    dialect: openai
                    also:
                      - openai-respones
                      - openai
                      - anthropic
                      - anthropic
                    base_url: "http://127.0.0.1:9000/v1"
                models: {sim/small: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:6: providers.sim.also[0]: must be openai, anthropic or openai-responses;"
                                + " did you mean openai-responses?",
                        "config/mesh.yaml:7: providers.sim.also[1]: is named twice, under dialect or here",
                        "config/mesh.yaml:9: providers.sim.also[3]: is named twice, under dialect or here");
    }

    @Test
    void a_model_may_answer_in_one_dialect_alone() {
        Loaded loaded = files.mesh(HomeFiles.MESH
                        .replace("dialect: openai,", "dialect: openai, also: [openai-responses],")
                        .replace("sim/small: {", "sim/small: {dialect: openai-responses, "))
                .load();
        assertThat(model(loaded, "sim/small").dialectFor(Dialect.OPENAI)).isEqualTo(Dialect.RESPONSES);
        assertThat(model(loaded, "sim/large").dialectFor(Dialect.OPENAI)).isEqualTo(Dialect.OPENAI);
        assertThat(files.mesh(HomeFiles.MESH.replace("sim/small: {", "sim/small: {dialect: anthropic, "))
                        .problems())
                .containsExactly("config/mesh.yaml:3: models.sim/small.dialect: is not served by provider sim: name it"
                        + " under its dialect or also");
    }

    @Test
    void an_embedding_model_is_billed_for_its_input_alone() {
        Loaded loaded = files.mesh(HomeFiles.MESH.replace(
                        "models: {", "models: {sim/vector: {kind: embedding, input_usd_per_mtok: 0.02}, "))
                .load();
        Model vector = model(loaded, "sim/vector");
        assertThat(vector.kind()).isEqualTo(Model.Kind.EMBEDDING);
        assertThat(vector.price().base()).isEqualTo(new Rates(20_000, 0, 20_000, 20_000));
        assertThat(model(loaded, "sim/small").kind()).isEqualTo(Model.Kind.CHAT);
    }

    @Test
    void an_embedding_model_has_no_output_price_and_speaks_openai() {
        files.mesh("""
                runtime: {kind: external}
                providers:
                  sim: {dialect: openai, also: [openai-responses], base_url: "http://127.0.0.1:9000/v1"}
                  simant: {dialect: anthropic, base_url: "http://127.0.0.1:9000/v1"}
                models:
                  sim/small: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}
                  sim/priced: {kind: embedding, input_usd_per_mtok: 1, output_usd_per_mtok: 2}
                  sim/vector: {kind: embedding, input_usd_per_mtok: 1, dialect: openai-responses}
                  simant/vector: {kind: embedding, input_usd_per_mtok: 1}
                  sim/odd: {kind: embeding, input_usd_per_mtok: 1, output_usd_per_mtok: 0}
                  sim/chat: {input_usd_per_mtok: 1}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:7: models.sim/priced.output_usd_per_mtok: must be 0 or absent for an"
                                + " embedding model",
                        "config/mesh.yaml:8: models.sim/vector.dialect: must be openai for an embedding model: no"
                                + " other dialect has embeddings",
                        "config/mesh.yaml:9: models.simant/vector.kind: embedding needs a provider that serves the"
                                + " dialect openai",
                        "config/mesh.yaml:10: models.sim/odd.kind: must be chat or embedding; did you mean embedding?",
                        "config/mesh.yaml:11: models.sim/chat.output_usd_per_mtok: is missing");
    }

    @Test
    void writes_that_last_an_hour_have_their_own_price_in_each_tier() {
        Loaded loaded = files.mesh("""
                runtime: {kind: external}
                providers: {sim: {dialect: openai, base_url: "http://127.0.0.1:9000/v1"}}
                models:
                  sim/small: {input_usd_per_mtok: 1, output_usd_per_mtok: 2, cache_write_1h_usd_per_mtok: 2,
                              long_context: {above_tokens: 200000, input_usd_per_mtok: 2, output_usd_per_mtok: 3,
                                             cache_write_1h_usd_per_mtok: 4}}
                  sim/large: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}
                """).load();
        assertThat(model(loaded, "sim/small").price().base())
                .isEqualTo(new Rates(1_000_000, 2_000_000, 1_000_000, 1_000_000, 2_000_000L));
        assertThat(model(loaded, "sim/small").price().longContext())
                .isEqualTo(new Rates(2_000_000, 3_000_000, 2_000_000, 2_000_000, 4_000_000L));
        assertThat(model(loaded, "sim/small").price().hasLongWrites()).isTrue();
        assertThat(model(loaded, "sim/large").price().hasLongWrites()).isFalse();
    }

    @Test
    void a_model_of_a_server_of_ones_own_costs_nothing_in_any_way() {
        Model free = model(
                files.mesh(HomeFiles.MESH.replace(
                                "models: {",
                                "models: {ollama/llama3.2: {input_usd_per_mtok: 0, output_usd_per_mtok: 0}, "))
                        .load(),
                "ollama/llama3.2");
        assertThat(free.price().base()).isEqualTo(new Rates(0, 0, 0, 0, 0L));
        assertThat(free.price().hasLongWrites())
                .as("a client may ask for an hour")
                .isTrue();
        assertThat(free.provider().auth()).isEqualTo(Auth.NONE);
    }

    @Test
    void an_agent_cannot_think_with_an_embedding_model() {
        files.mesh(HomeFiles.MESH.replace(
                        "models: {", "models: {sim/vector: {kind: embedding, input_usd_per_mtok: 1}, "))
                .agents("agents: {researcher: {role: research, model: sim/vector}}");
        assertThat(files.problems())
                .containsExactly("config/agents.yaml:1: agents.researcher.model: is an embedding model; an agent's own"
                        + " model must be one for chat");
    }

    @Test
    void imported_prices_stand_between_the_shipped_ones_and_the_homes_own_and_are_checked() {
        String mesh = HomeFiles.MESH.replace(
                "models: {", "models: {openai/gpt-4.1: {input_usd_per_mtok: 7, output_usd_per_mtok: 7}, ");
        Loaded loaded =
                files.mesh(mesh).file("config/models.imported.yaml", """
                        models:
                          openai/gpt-4.1: {input_usd_per_mtok: 8, output_usd_per_mtok: 8}
                          openai/gpt-4o: {input_usd_per_mtok: 9, output_usd_per_mtok: 9}
                        """).load();
        assertThat(model(loaded, "gpt-4.1").price().base().input()).isEqualTo(7_000_000);
        assertThat(model(loaded, "gpt-4o").price().base().input()).isEqualTo(9_000_000);
        assertThat(model(loaded, "gpt-4o").tokenizer()).as("limits stay").isEqualTo("o200k");
        assertThat(loaded.warnings()).as("it is a file that is read").isEmpty();
        files.file("config/models.imported.yaml", """
                models:
                  nobody/x: {input_usd_per_mtok: 8, output_usd_per_mtok: 8}
                  openai/gpt-4o: {input_usd_per_mtok: 9}
                prices: {}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/models.imported.yaml:2: models.nobody/x: names an unknown provider before its slash",
                        "config/models.imported.yaml:3: models.openai/gpt-4o.output_usd_per_mtok: is missing",
                        "config/models.imported.yaml:4: prices: unknown key; models may stand here");
    }

    @Test
    void a_provider_may_want_its_key_in_a_header_of_its_own() {
        for (Auth auth : Auth.values()) {
            if (auth != Auth.NONE) {
                Loaded loaded = files.mesh(HomeFiles.MESH.replace(
                                "dialect: openai,", "dialect: openai, auth: " + auth.key() + ","))
                        .load();
                assertThat(loaded.catalogue().provider("sim").orElseThrow().auth())
                        .isEqualTo(auth);
            }
        }
        assertThat(files.mesh(HomeFiles.MESH.replace("dialect: openai,", "dialect: openai, auth: basic,"))
                        .problems())
                .containsExactly("config/mesh.yaml:2: providers.sim.auth: must be bearer, x-api-key, api-key,"
                        + " x-goog-api-key or none");
    }

    private static Model model(Loaded loaded, String id) {
        return loaded.catalogue().resolve(id) instanceof Resolution.Known(Model model)
                ? model
                : org.assertj.core.api.Assertions.fail("no model " + id);
    }
}
