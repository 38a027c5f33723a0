package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Rates;
import ai.openlegion.catalogue.Resolution;
import ai.openlegion.fleet.RuntimeKind;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MeshFileTest {

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void every_key_of_the_contract_is_read() {
        files.mesh("""
                mesh:      {host: 127.0.0.1, port: 0}
                control:   {host: "::1", port: 9421}
                storage:   {url: "jdbc:sqlite:data/other.db"}
                budget:    {daily_usd: 50.00, monthly_usd: 1000.00}
                defaults:  {agent_daily_usd: 0, agent_monthly_usd: 0.000000000001}
                runtime:   {kind: external, image: "openlegion-agent:latest", sandbox: [runsc], sandbox_fallback: docker, host_filter: off}
                providers:
                  sim: {dialect: openai, base_url: "http://127.0.0.1:9000/v1/", credential: SIM_api_key, stops_on_disconnect: true}
                models:
                  sim/small: {input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, cached_input_usd_per_mtok: 0.10, cache_write_usd_per_mtok: 1.25,
                              long_context: {above_tokens: 200000, input_usd_per_mtok: 2.00, output_usd_per_mtok: 4.00},
                              context_tokens: 128000, max_output_tokens: 4096, tokenizer: o200k}
                services:
                  brave_search: {base_url: "https://api.search.brave.com", header: X-Subscription-Token, credential: brave_search_api_key, usd_per_call: 0.005}
                failover:
                  openai/gpt-4o: [anthropic/claude-sonnet-4-5]
                workflows: {skip_invalid: true}
                limits: {body_bytes: 1048576, drain_seconds: 0}
                """);
        Loaded loaded = files.load();
        MeshSettings settings = loaded.settings();
        assertThat(settings.mesh()).isEqualTo(new MeshSettings.Listener("127.0.0.1", 0));
        assertThat(settings.control()).isEqualTo(new MeshSettings.Listener("::1", 9421));
        assertThat(settings.storageUrl()).isEqualTo("jdbc:sqlite:" + folder.resolve("data/other.db"));
        assertThat(settings.fleetLimits()).isEqualTo(new Limits(50 * Usd.PICO_PER_USD, 1_000 * Usd.PICO_PER_USD));
        assertThat(settings.agentDefaults()).isEqualTo(new Limits(0, 1));
        assertThat(settings.runtime())
                .isEqualTo(new MeshSettings.Isolation(
                        RuntimeKind.EXTERNAL, "openlegion-agent:latest", List.of("runsc"), "docker", false));
        assertThat(settings.limits().bodyBytes()).isEqualTo(1 << 20);
        assertThat(settings.limits().drainSeconds()).isZero();
        assertThat(settings.limits().headerBytes()).isEqualTo(16_384);
        Model small = model(loaded, "sim/small");
        assertThat(small.price().base()).isEqualTo(new Rates(1_000_000, 2_000_000, 100_000, 1_250_000));
        assertThat(small.price().longContext()).isEqualTo(new Rates(2_000_000, 4_000_000, 2_000_000, 2_000_000));
        assertThat(small.price().longContextAboveTokens()).isEqualTo(200_000);
        assertThat(small.contextTokens()).isEqualTo(128_000);
        assertThat(small.maxOutputTokens()).isEqualTo(4_096);
        assertThat(small.tokenizer()).isEqualTo("o200k");
        assertThat(small.provider().credential()).isEqualTo("sim_api_key");
        assertThat(small.provider().auth()).isEqualTo(Auth.BEARER);
        assertThat(small.provider().stopsOnDisconnect()).isTrue();
        assertThat(small.provider().baseUrl()).isEqualTo(URI.create("http://127.0.0.1:9000/v1"));
        assertThat(loaded.catalogue().failovers("openai/gpt-4o"))
                .extracting(Model::id)
                .containsExactly("anthropic/claude-sonnet-4-5");
        assertThat(loaded.catalogue().failovers("anthropic/claude-sonnet-4-5")).isEmpty();
        assertThat(loaded.warnings())
                .containsExactly(
                        "service brave_search has no key: openlegion vault set brave_search_api_key, or OPENLEGION_CRED_BRAVE_SEARCH_API_KEY in .env or the environment");
    }

    @Test
    void a_fleet_without_a_budget_has_no_ceiling_and_half_a_budget_is_half_a_ceiling() {
        assertThat(files.load().settings().fleetLimits()).isEqualTo(Limits.NONE);
        assertThat(files.mesh(HomeFiles.MESH + "budget: {daily_usd: 9000000}\n")
                        .load()
                        .settings()
                        .fleetLimits())
                .isEqualTo(new Limits(Limits.MAX_PICO, Limits.UNLIMITED));
        assertThat(files.mesh(HomeFiles.MESH + "budget:\n  # all below is commented out\n")
                        .load()
                        .settings()
                        .fleetLimits())
                .isEqualTo(Limits.NONE);
    }

    @Test
    void flags_stand_above_the_file() {
        files.overrides(new Overrides(0, 9_999, RuntimeKind.EXTERNAL, null))
                .mesh(HomeFiles.MESH.replace("external", "docker"));
        MeshSettings settings = files.load().settings();
        assertThat(settings.mesh().port()).isZero();
        assertThat(settings.control().port()).isEqualTo(9_999);
        assertThat(settings.runtime().kind()).isEqualTo(RuntimeKind.EXTERNAL);
    }

    @Test
    void an_unknown_key_names_the_nearest_valid_one() {
        files.mesh(HomeFiles.MESH + """
                budgte: {daily_usd: 5}
                budget:
                  dayly_usd: 5
                entirely_else: 1
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:4: budgte: unknown key; did you mean budget?",
                        "config/mesh.yaml:6: budget.dayly_usd: unknown key; did you mean daily_usd?",
                        "config/mesh.yaml:7: entirely_else: unknown key; mesh, control, storage, budget, defaults, runtime,"
                                + " workflows, retention, limits, rate_limits, vault, audit, providers, models, failover or"
                                + " services may stand here");
    }

    @Test
    void a_wrong_type_says_what_would_be_right() {
        files.mesh(HomeFiles.MESH + """
                mesh: {host: [a], port: "8420"}
                control: 8421
                storage: {url: 7}
                budget: {daily_usd: ten, monthly_usd: true}
                workflows: {skip_invalid: yes}
                limits: {connections: 4.5, idle_seconds: 0, drain_seconds: 601, event_loops: -1}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:4: mesh.host: must be a single text",
                        "config/mesh.yaml:4: mesh.port: must be a whole number from 0 to 65535",
                        "config/mesh.yaml:5: control: must be a mapping of keys to values",
                        "config/mesh.yaml:6: storage.url: must be a text; put it in quotes",
                        "config/mesh.yaml:7: budget.daily_usd: must be a number ≥ 0",
                        "config/mesh.yaml:7: budget.monthly_usd: must be a number ≥ 0",
                        "config/mesh.yaml:8: workflows.skip_invalid: must be true or false",
                        "config/mesh.yaml:9: limits.connections: must be a whole number from 1 to 1000000",
                        "config/mesh.yaml:9: limits.idle_seconds: must be a whole number from 1 to 86400",
                        "config/mesh.yaml:9: limits.event_loops: must be a whole number from 0 to 256",
                        "config/mesh.yaml:9: limits.drain_seconds: must be a whole number from 0 to 600");
    }

    @Test
    void money_is_exact_and_bounded() {
        for (String wrong :
                List.of("-1", "-0.000001", ".nan", ".inf", "-.inf", "NaN", "1_000", "0x10", "010", "\"5\"")) {
            assertThat(files.mesh(HomeFiles.MESH + "budget: {daily_usd: " + wrong + "}\n")
                            .problems())
                    .as(wrong)
                    .containsExactly("config/mesh.yaml:4: budget.daily_usd: must be a number ≥ 0");
        }
        assertThat(files.mesh(HomeFiles.MESH + "budget: {daily_usd: 9000000.01, monthly_usd: 0.0000000000001}\n")
                        .problems())
                .containsExactly(
                        "config/mesh.yaml:4: budget.daily_usd: must be at most 9000000",
                        "config/mesh.yaml:4: budget.monthly_usd: must have at most 12 decimals");
        assertThat(files.mesh(HomeFiles.MESH + "budget: {daily_usd: 1e999, monthly_usd: 1e-999}\n")
                        .problems())
                .containsExactly(
                        "config/mesh.yaml:4: budget.daily_usd: must be at most 9000000",
                        "config/mesh.yaml:4: budget.monthly_usd: must have at most 12 decimals");
        assertThat(files.mesh(HomeFiles.MESH + "budget: {daily_usd: 1.5e1, monthly_usd: 0.1000000000000000}\n")
                        .load()
                        .settings()
                        .fleetLimits())
                .isEqualTo(new Limits(15 * Usd.PICO_PER_USD, Usd.PICO_PER_USD / 10));
    }

    @Test
    void what_a_later_version_brings_is_said_and_not_ignored() {
        files.mesh(HomeFiles.MESH + """
                storage: {url: "jdbc:postgresql://localhost/openlegion"}
                """);
        assertThat(files.problems())
                .containsExactly("config/mesh.yaml:4: storage.url: PostgreSQL comes with a later version; use"
                        + " jdbc:sqlite:data/openlegion.db");
    }

    @Test
    void storage_is_a_plain_file() {
        for (String url : List.of("jdbc:sqlite:", "jdbc:mysql:x", "data/openlegion.db")) {
            assertThat(files.mesh(HomeFiles.MESH + "storage: {url: \"" + url + "\"}\n")
                            .problems())
                    .containsExactly(
                            "config/mesh.yaml:4: storage.url: must be jdbc:sqlite: and the path of a file, such as"
                                    + " jdbc:sqlite:data/openlegion.db");
        }
        for (String url : List.of("jdbc:sqlite::memory:", "jdbc:sqlite:a.db?mode=ro", "jdbc:sqlite:file:a.db")) {
            assertThat(files.mesh(HomeFiles.MESH + "storage: {url: \"" + url + "\"}\n")
                            .problems())
                    .containsExactly("config/mesh.yaml:4: storage.url: must name a plain file after jdbc:sqlite:");
        }
    }

    @Test
    void both_listeners_cannot_share_a_port() {
        assertThat(files.mesh(HomeFiles.MESH + "control: {port: 8420}\n").problems())
                .containsExactly("config/mesh.yaml:4: control: must listen on another port than mesh");
    }

    @Test
    void a_listener_beyond_loopback_is_warned_of() {
        assertThat(files.mesh(HomeFiles.MESH + "mesh: {host: 0.0.0.0}\n").load().warnings())
                .containsExactly(
                        "config/mesh.yaml:4: mesh.host: is not loopback, and without TLS its tokens can be read on"
                                + " the way");
    }

    @Test
    void an_entry_changes_only_the_keys_it_names_of_a_shipped_provider() {
        files.mesh(HomeFiles.MESH.replace(
                "providers: {", "providers: {openai: {base_url: \"https://proxy.example/v1\"}, "));
        Provider openai = files.load().catalogue().provider("openai").orElseThrow();
        assertThat(openai.baseUrl()).isEqualTo(URI.create("https://proxy.example/v1"));
        assertThat(openai.credential()).isEqualTo("openai_api_key");
        assertThat(openai.maxTokensField()).isEqualTo("max_completion_tokens");
        assertThat(model(files.load(), "openai/gpt-4o").provider()).isEqualTo(openai);
    }

    @Test
    void a_new_provider_needs_a_dialect_and_a_base_url() {
        files.mesh(HomeFiles.MESH.replace(
                "providers: {", "providers: {new: {}, odd: {dialect: opena1, base_url: \"x\"}, "));
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:2: providers.new.dialect: is missing",
                        "config/mesh.yaml:2: providers.new.base_url: is missing",
                        "config/mesh.yaml:2: providers.odd.dialect: must be openai, anthropic or openai-responses; did you"
                                + " mean openai?",
                        "config/mesh.yaml:2: providers.odd.base_url: must be an http or https URL with a host, such as"
                                + " https://api.example.com/v1");
    }

    @Test
    void a_base_url_is_only_a_place() {
        String prefix = "config/mesh.yaml:2: providers.new.base_url: ";
        assertThat(baseUrl("https://user:pw@host/v1"))
                .containsExactly(prefix + "must not hold a user or password; name a credential instead");
        assertThat(baseUrl("https://host/v1?key=x")).containsExactly(prefix + "must not hold a query or fragment");
        assertThat(baseUrl("ftp://host/"))
                .containsExactly(
                        prefix + "must be an http or https URL with a host, such as https://api.example.com/v1");
        assertThat(baseUrl("https://host:99999/"))
                .containsExactly(
                        prefix + "must be an http or https URL with a host, such as https://api.example.com/v1");
        assertThat(baseUrl("https://ho st/"))
                .containsExactly(prefix + "must be a URL such as https://api.example.com/v1");
        assertThat(baseUrl("http://127.0.0.1:1/")).isEmpty();
    }

    @Test
    void a_secret_in_the_place_of_a_credentials_name_is_refused_and_not_repeated() {
        String secret = "sk-proj-0123456789abcdef";
        files.mesh(HomeFiles.MESH.replace("credential: sim_api_key", "credential: " + secret + ", api_key: " + secret));
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:2: providers.sim.credential: must be the name of a credential, of letters, digits"
                                + " and _; its value goes into .env as OPENLEGION_CRED_<NAME>",
                        "config/mesh.yaml:2: providers.sim.api_key: unknown key; dialect, base_url, stops_on_disconnect,"
                                + " also, max_tokens_field, source, checked, credential or auth may stand here")
                .noneMatch(problem -> problem.contains("0123456789abcdef"));
    }

    @Test
    void auth_and_credential_belong_together() {
        assertThat(provider("auth: bearer"))
                .containsExactly("config/mesh.yaml:2: providers.new.auth: needs a credential to send");
        assertThat(provider("auth: none, credential: a"))
                .containsExactly("config/mesh.yaml:2: providers.new.credential: has no use with auth: none");
        assertThat(provider("auth: x-api-key, credential: a")).isEmpty();
        Provider provider = files.load().catalogue().provider("new").orElseThrow();
        assertThat(provider.auth()).isEqualTo(Auth.X_API_KEY);
        assertThat(provider("auth: none")).isEmpty();
    }

    @Test
    void a_credential_over_plain_http_to_another_machine_is_warned_of() {
        assertThat(provider("credential: a")).isEmpty();
        files.mesh(HomeFiles.MESH.replace("http://127.0.0.1:9000", "http://models.example"));
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/mesh.yaml:2: providers.sim.base_url: is plain http to another machine: its credential"
                                + " can be read on the way");
    }

    @Test
    void an_own_price_takes_the_place_of_a_shipped_one_and_keeps_its_limits() {
        files.mesh(HomeFiles.MESH.replace(
                "models: {", "models: {openai/gpt-4o: {input_usd_per_mtok: 0, output_usd_per_mtok: 0.000001}, "));
        Model model = model(files.load(), "gpt-4o");
        assertThat(model.price().base()).isEqualTo(new Rates(0, 1, 0, 0, 0L));
        assertThat(model.maxOutputTokens()).isEqualTo(16_384);
        assertThat(model.tokenizer()).isEqualTo("o200k");
    }

    @Test
    void a_price_is_complete_exact_and_of_a_known_provider() {
        files.mesh(HomeFiles.MESH.replace("models: {", """
                models: {sim/a: {input_usd_per_mtok: 1},
                  sim/b: {input_usd_per_mtok: 0.0000001, output_usd_per_mtok: -1, tokenizer: o20k},
                  sim/c: {input_usd_per_mtok: 1000001, output_usd_per_mtok: .inf, context_tokens: 0},
                  simm/d: {input_usd_per_mtok: 1, output_usd_per_mtok: 1},
                  bare: {input_usd_per_mtok: 1, output_usd_per_mtok: 1},
                  sim/e: {input_usd_per_mtok: 1, output_usd_per_mtok: 1, long_context: {input_usd_per_mtok: 1, output_usd_per_mtok: 1}},
                  "sim/*": {input_usd_per_mtok: 1, output_usd_per_mtok: 1},
                """.stripTrailing() + " "));
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:3: models.sim/a.output_usd_per_mtok: is missing",
                        "config/mesh.yaml:4: models.sim/b.input_usd_per_mtok: must have at most 6 decimals",
                        "config/mesh.yaml:4: models.sim/b.output_usd_per_mtok: must be a number ≥ 0",
                        "config/mesh.yaml:4: models.sim/b.tokenizer: must be o200k or cl100k; did you mean o200k?",
                        "config/mesh.yaml:5: models.sim/c.input_usd_per_mtok: must be at most 1000000",
                        "config/mesh.yaml:5: models.sim/c.output_usd_per_mtok: must be a number ≥ 0",
                        "config/mesh.yaml:5: models.sim/c.context_tokens: must be a whole number from 1 to 1000000000",
                        "config/mesh.yaml:6: models.simm/d: names an unknown provider before its slash; did you mean sim?",
                        "config/mesh.yaml:7: models.bare: must be provider/model, of letters, digits and . _ : @ + ~ -",
                        "config/mesh.yaml:8: models.sim/e.long_context.above_tokens: is missing",
                        "config/mesh.yaml:9: models.sim/*: must be provider/model, of letters, digits and . _ : @ + ~ -");
    }

    @Test
    void failover_names_known_models_of_one_kind_only() {
        String mesh = HomeFiles.MESH.replace(
                "models: {", "models: {sim/vector: {kind: embedding, input_usd_per_mtok: 0.02}, ");
        files.mesh(mesh + """
                failover:
                  sim/small: [sim/larg, sim/small, nowhere/x, 5]
                  sim/gone: [sim/large]
                  gpt-4o: sim/small
                  sim/large: [sim/small, sim/vector, sim/small]
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:5: failover.sim/small[3]: must be a text; put it in quotes",
                        "config/mesh.yaml:5: failover.sim/small[0]: sim/larg has no price; list it under models: in"
                                + " config/mesh.yaml; did you mean sim/large?",
                        "config/mesh.yaml:5: failover.sim/small[1]: a model cannot stand in for itself",
                        "config/mesh.yaml:5: failover.sim/small[2]: nowhere/x is no known model",
                        "config/mesh.yaml:6: failover.sim/gone: sim/gone has no price; list it under models: in"
                                + " config/mesh.yaml",
                        "config/mesh.yaml:7: failover.gpt-4o: must be a list",
                        "config/mesh.yaml:8: failover.sim/large[1]: is a model of another kind, which cannot answer in its"
                                + " place",
                        "config/mesh.yaml:8: failover.sim/large[2]: names a model that is already in this list");
    }

    private List<String> baseUrl(String url) {
        return files.mesh(HomeFiles.MESH.replace(
                        "providers: {", "providers: {new: {dialect: openai, base_url: \"" + url + "\"}, "))
                .problems();
    }

    private List<String> provider(String keys) {
        return files.mesh(HomeFiles.MESH.replace(
                        "providers: {",
                        "providers: {new: {dialect: openai, base_url: \"https://a.example\", " + keys + "}, "))
                .problems();
    }

    private static Model model(Loaded loaded, String name) {
        return loaded.catalogue().resolve(name) instanceof Resolution.Known(Model model)
                ? model
                : org.assertj.core.api.Assertions.fail(name + " is not priced");
    }
}
