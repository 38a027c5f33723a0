package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.BoardLimits;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Rates;
import ai.openlegion.catalogue.Resolution;
import ai.openlegion.fabric.RateLimits;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.schedule.ScheduleLimits;
import ai.openlegion.supervisor.SupervisorSettings;
import ai.openlegion.vault.Secret;
import ai.openlegion.workflow.model.Workflow;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ShippedFilesTest {

    @TempDir
    Path folder;

    @Test
    void the_shipped_settings_are_the_defaults() {
        Home home = new Home(folder);
        Problems problems = new Problems();
        Tree shipped = Tree.yaml(Source.shipped("conf/mesh.yaml"), problems).orElseThrow();
        MeshSettings written = new SettingsReader(home, Overrides.NONE, new java.util.ArrayList<>()).read(shipped);
        MeshSettings absent = new SettingsReader(home, Overrides.NONE, new java.util.ArrayList<>())
                .read(Tree.empty("config/mesh.yaml", problems));

        assertThat(problems.list()).isEmpty();
        assertThat(written).isEqualTo(absent);
        assertThat(absent.mesh()).isEqualTo(new MeshSettings.Listener("127.0.0.1", 8420));
        assertThat(absent.control()).isEqualTo(new MeshSettings.Listener("127.0.0.1", 8421));
        assertThat(absent.storageUrl()).isEqualTo("jdbc:sqlite:" + home.data().resolve("openlegion.db"));
        assertThat(absent.fleetLimits()).isEqualTo(Limits.NONE);
        assertThat(absent.agentDefaults()).isEqualTo(new Limits(10 * Usd.PICO_PER_USD, 200 * Usd.PICO_PER_USD));
        assertThat(absent.runtime().kind()).isEqualTo(RuntimeKind.DOCKER);
        assertThat(absent.supervision()).isEqualTo(SupervisorSettings.DEFAULTS);
        assertThat(absent.limits()).isEqualTo(GatewayLimits.DEFAULTS);
        assertThat(absent.board()).isEqualTo(BoardLimits.DEFAULTS);
        assertThat(absent.inbox()).isEqualTo(InboxLimits.DEFAULTS);
        assertThat(absent.schedule()).isEqualTo(ScheduleLimits.DEFAULTS);
        assertThat(absent.rates()).isEqualTo(RateLimits.DEFAULTS);
    }

    @Test
    void the_shipped_settings_name_every_key_that_is_read() throws IOException {
        String text = shipped("mesh.yaml");
        Problems problems = new Problems();
        new HomeFiles(folder)
                        .mesh(
                                "limits: {x: 1}\nrate_limits: {x: 1}\nmesh: {x: 1}\ncontrol: {x: 1}\nruntime: {x: 1}\ny: 1\n")
                        .problems()
                        .stream()
                        .flatMap(
                                problem -> List.of(problem.replaceAll(".*unknown key; | may stand here", "")
                                                .split(", | or "))
                                        .stream())
                        .filter(key -> !key.equals("tls"))
                        .filter(key -> key.matches("[a-z_]+"))
                        .forEach(key -> assertThat(text).containsPattern("(?m)^[ #]*" + key + ":"));
        assertThat(problems.any()).isFalse();
    }

    @Test
    void the_shipped_catalogue_loads_into_an_empty_home() {
        Problems problems = new Problems();
        Loaded loaded = Configuration.load(new Home(folder), Map.of(), Overrides.NONE, problems)
                .orElseThrow();

        assertThat(problems.any()).isFalse();
        assertThat(loaded.catalogue().models()).hasSizeGreaterThanOrEqualTo(250);
        assertThat(loaded.agents()).isEmpty();
        assertThat(loaded.warnings())
                .containsExactly(
                        "config/agents.yaml is missing: there are no agents; openlegion init writes a first one",
                        "config/permissions.json is missing: nobody may do anything");
    }

    @Test
    void every_shipped_provider_says_where_it_is_and_who_says_so() throws IOException {
        Catalogue catalogue = shippedCatalogue();
        assertThat(catalogue.providers())
                .extracting(Provider::name)
                .contains(
                        "openai",
                        "openrouter",
                        "groq",
                        "together",
                        "fireworks",
                        "mistral",
                        "deepseek",
                        "xai",
                        "perplexity",
                        "cerebras",
                        "ollama",
                        "vllm",
                        "lmstudio");
        assertThat(catalogue.provider("sim")).isEmpty();
        assertThat(catalogue.provider("demo")).isEmpty();
        Tree providers = Tree.yaml(Source.shipped("conf/providers.yaml"), new Problems())
                .orElseThrow()
                .section("providers");
        for (Provider provider : catalogue.providers()) {
            boolean isLocal = provider.baseUrl().getHost().equals("127.0.0.1");
            assertThat(provider.baseUrl().getScheme()).as(provider.name()).isEqualTo(isLocal ? "http" : "https");
            assertThat(provider.baseUrl().toString()).as(provider.name()).doesNotContainPattern("[<>{}$]|/completions");
            assertThat(provider.credential())
                    .isEqualTo(isLocal ? null : provider.name().replaceAll("[-.]", "_") + "_api_key");
            assertThat(provider.stopsOnDisconnect()).as(provider.name()).isFalse();
            Tree entry = providers.section(provider.name());
            assertThat(entry.text("source").orElseThrow()).startsWith("https://");
            assertThat(entry.text("checked").orElseThrow()).matches("20\\d\\d-\\d\\d-\\d\\d");
        }
        assertThat(catalogue.providers()).hasSizeGreaterThanOrEqualTo(100);
    }

    @Test
    void the_shipped_catalogue_is_broad() {
        Catalogue catalogue = shippedCatalogue();
        assertThat(catalogue.models()).hasSizeGreaterThanOrEqualTo(250);
        assertThat(catalogue.models().stream().map(Model::provider).distinct()).hasSizeGreaterThanOrEqualTo(30);
        assertThat(catalogue.models().stream().filter(model -> model.kind() == Model.Kind.EMBEDDING))
                .hasSizeGreaterThanOrEqualTo(10)
                .allMatch(model -> model.price().worstOutput() == 0);
        assertThat(catalogue.models().stream()
                        .filter(model -> model.provider().name().equals("anthropic"))
                        .filter(model -> !model.price().hasLongWrites()))
                .as("Claude Code writes its cache for an hour")
                .isEmpty();
        assertThat(catalogue.models())
                .allMatch(
                        model -> model.provider().credential() != null, "a local server's models are not ours to list");
        for (String answersOnResponsesAlone : List.of("gpt-5.3-codex", "gpt-5-pro", "gpt-5.5-pro", "o3-pro")) {
            assertThat(known(catalogue, answersOnResponsesAlone).dialectFor(Dialect.OPENAI))
                    .as(answersOnResponsesAlone)
                    .isEqualTo(Dialect.RESPONSES);
        }
        assertThat(known(catalogue, "gpt-5.5").dialectFor(Dialect.OPENAI)).isEqualTo(Dialect.OPENAI);
    }

    @Test
    void openai_is_bounded_by_the_field_its_reasoning_models_accept() {
        Provider openai = shippedCatalogue().provider("openai").orElseThrow();
        assertThat(openai)
                .isEqualTo(new Provider(
                        "openai",
                        Dialect.OPENAI,
                        Set.of(Dialect.RESPONSES),
                        URI.create("https://api.openai.com/v1"),
                        Auth.BEARER,
                        "openai_api_key",
                        false,
                        "max_completion_tokens"));
    }

    @Test
    void the_shipped_prices_are_exact_and_plausible() {
        Catalogue catalogue = shippedCatalogue();
        Model mini = known(catalogue, "openai/gpt-4o-mini");
        assertThat(mini.price().base()).isEqualTo(new Rates(150_000, 600_000, 75_000, 150_000));
        assertThat(mini.maxOutputTokens()).isEqualTo(16_384);
        assertThat(mini.tokenizer()).isEqualTo("o200k");
        assertThat(known(catalogue, "gpt-4o-mini")).isSameAs(mini);
        assertThat(known(catalogue, "o4-mini").price().base().output()).isEqualTo(4_400_000);
        assertThat(known(catalogue, "gpt-5").price().base())
                .isEqualTo(new Rates(1_250_000, 10_000_000, 125_000, 1_250_000));
        assertThat(known(catalogue, "gpt-5.5").price().worstOutput()).isEqualTo(45_000_000);
        assertThat(known(catalogue, "claude-sonnet-5").price().base())
                .as("the price from September 2026 on, not the introductory one")
                .isEqualTo(new Rates(3_000_000, 15_000_000, 300_000, 3_750_000, 6_000_000L));
        for (Model model : catalogue.models()) {
            boolean isChat = model.kind() == Model.Kind.CHAT;
            Rates base = model.price().base();
            assertThat(model.price().worstInput()).as(model.id()).isBetween(1L, 500_000_000L);
            assertThat(model.price().worstOutput()).as(model.id()).isBetween(isChat ? 1L : 0L, 1_000_000_000L);
            assertThat(model.contextTokens()).as(model.id()).isGreaterThanOrEqualTo(isChat ? 4_096 : 256);
            assertThat(model.maxOutputTokens()).as(model.id()).isLessThanOrEqualTo(model.contextTokens());
            assertThat(base.cachedInput()).as(model.id()).isLessThanOrEqualTo(base.input());
            assertThat(base.cacheWrite()).as(model.id()).isBetween(base.input(), base.input() * 3);
            assertThat(model.price().worstInput(false)).as(model.id()).isGreaterThanOrEqualTo(base.input());
            Rates dearer = model.price().longContext();
            if (dearer != null) {
                assertThat(dearer.input()).as(model.id()).isGreaterThanOrEqualTo(base.input());
                assertThat(dearer.output()).as(model.id()).isGreaterThanOrEqualTo(base.output());
                assertThat(dearer.cachedInput()).as(model.id()).isLessThanOrEqualTo(dearer.input());
            }
        }
    }

    @Test
    void init_writes_a_configuration_that_checks_and_never_overwrites() throws IOException {
        Home home = new Home(folder);
        Files.createDirectories(home.config());
        Files.writeString(home.config().resolve("permissions.json"), "{\"permissions\": {}}");

        Starter.Written written = Starter.init(home);

        assertThat(written.written())
                .containsExactly(
                        home.config().resolve("mesh.yaml"),
                        home.config().resolve("agents.yaml"),
                        home.config().resolve("schedules.yaml"),
                        home.config().resolve("webhooks.yaml"),
                        home.config().resolve("workflows/example.yaml"),
                        home.root().resolve(".env.example"));
        assertThat(written.kept()).containsExactly(home.config().resolve("permissions.json"));
        assertThat(home.config().resolve("permissions.json")).hasContent("{\"permissions\": {}}");
        assertThat(Starter.init(home).written()).isEmpty();

        Files.delete(home.config().resolve("permissions.json"));
        assertThat(Starter.init(home).written()).hasSize(1);
        Problems problems = new Problems();
        Loaded loaded = Configuration.load(home, Map.of(), Overrides.NONE, problems)
                .orElseThrow(() -> new AssertionError(problems.list().toString()));
        assertThat(loaded.agents()).containsOnlyKeys(new AgentId("assistant"));
        assertThat(loaded.workflows()).extracting(Workflow::name).containsExactly("example");
        assertThat(loaded.warnings())
                .containsExactly(
                        "provider openai has no key: openlegion vault set openai_api_key, or OPENLEGION_CRED_OPENAI_API_KEY in .env or the environment");
    }

    @Test
    void the_demo_fleet_takes_its_provider_from_the_running_simulation() throws Exception {
        Home home = new Home(folder);
        assertThat(Starter.demo(home).written()).hasSize(6);
        Overrides flags = new Overrides(
                0, 0, null, new Overrides.Demo(URI.create("http://127.0.0.1:4711/v1"), Secret.of("made for this run")));
        Problems problems = new Problems();
        Loaded loaded = Configuration.load(home, Map.of(), flags, problems)
                .orElseThrow(() -> new AssertionError(problems.list().toString()));

        assertThat(loaded.warnings()).isEmpty();
        assertThat(loaded.settings().mesh().port()).isZero();
        assertThat(loaded.agents().keySet())
                .extracting(AgentId::value)
                .containsExactly("researcher", "reviewer", "scout", "writer");
        assertThat(loaded.workflows())
                .extracting(Workflow::name)
                .containsExactly("article", "prospect_pipeline", "translate_all");
        assertThat(loaded.agents().values())
                .extracting(agent -> agent.runtime())
                .containsExactly(RuntimeKind.EXTERNAL, RuntimeKind.PROCESS, RuntimeKind.PROCESS, RuntimeKind.PROCESS);
        Model small = known(loaded.catalogue(), "demo/small");
        assertThat(small.provider().baseUrl()).isEqualTo(URI.create("http://127.0.0.1:4711/v1"));
        assertThat(loaded.catalogue().resolve("demo/unpriced")).isInstanceOf(Resolution.Unpriced.class);
        var fleet = loaded.fleet(1, ai.openlegion.identity.Tokens.open(home.data()));
        assertThat(fleet.vault().get("demo_api_key")).contains(Secret.of("made for this run"));
        assertThat(Configuration.load(home, Map.of(), Overrides.NONE, new Problems()))
                .as("check works on a demo home that is not running")
                .isPresent();
    }

    @Test
    void the_demo_never_mixes_with_a_configuration_that_is_there() throws IOException {
        Home home = new Home(folder);
        assertThat(Starter.init(home).written()).hasSize(7);
        assertThat(Starter.demo(home).written()).isEmpty();
        Overrides flags = new Overrides(
                null, null, null, new Overrides.Demo(URI.create("http://127.0.0.1:4711/v1"), Secret.of("key")));
        Problems problems = new Problems();
        assertThat(Configuration.load(home, Map.of(), flags, problems)).isEmpty();
        assertThat(problems.list())
                .extracting(Problem::toString)
                .containsExactly(
                        "config/mesh.yaml: providers.demo: is missing: the demo needs it; choose another --home");
    }

    @Test
    void the_content_hash_changes_with_every_file_but_not_with_credentials() {
        HomeFiles files = new HomeFiles(folder);
        String first = files.load().contentHash();
        assertThat(first).matches("[0-9a-f]{64}");
        assertThat(files.load().contentHash()).isEqualTo(first);
        assertThat(files.file(".env", "OPENLEGION_CRED_SIM_API_KEY=other\n")
                        .load()
                        .contentHash())
                .isEqualTo(first);
        String agents = files.agents(HomeFiles.AGENTS + "# a comment\n").load().contentHash();
        assertThat(agents).isNotEqualTo(first);
        assertThat(files.without("config/permissions.json").load().contentHash())
                .isNotEqualTo(agents);
    }

    @Test
    void what_only_a_start_can_change_is_said_at_a_reload() {
        HomeFiles files = new HomeFiles(folder);
        MeshSettings started = files.load().settings();
        assertThat(started.needingRestart(started)).isEmpty();
        assertThat(files.mesh(HomeFiles.MESH + "budget: {daily_usd: 1}\n")
                        .load()
                        .settings()
                        .needingRestart(started))
                .isEmpty();
        assertThat(files.mesh(HomeFiles.MESH.replace("external", "docker"))
                        .load()
                        .settings()
                        .needingRestart(started))
                .as("each agent gets its kind at a reload")
                .isEmpty();
        for (String changed : List.of(
                "image: other",
                "sandbox: [runsc]",
                "sandbox_fallback: docker",
                "host_filter: off",
                "stop_seconds: 1")) {
            assertThat(files.mesh(HomeFiles.MESH.replace("kind: external", "kind: external, " + changed))
                            .load()
                            .settings()
                            .needingRestart(started))
                    .containsExactly("config/mesh.yaml: runtime: has changed and takes effect at the next start");
        }
        assertThat(files.mesh(HomeFiles.MESH
                                + "mesh: {port: 1}\nlimits: {inbox_items: 1}\nrate_limits: {per_minute: 1}\n")
                        .load()
                        .settings()
                        .needingRestart(started))
                .containsExactly(
                        "config/mesh.yaml: mesh: has changed and takes effect at the next start",
                        "config/mesh.yaml: limits: has changed and takes effect at the next start",
                        "config/mesh.yaml: rate_limits: has changed and takes effect at the next start");
    }

    private Catalogue shippedCatalogue() {
        return Configuration.load(new Home(folder), Map.of(), Overrides.NONE, new Problems())
                .orElseThrow()
                .catalogue();
    }

    private static Model known(Catalogue catalogue, String name) {
        return catalogue.resolve(name) instanceof Resolution.Known(Model model)
                ? model
                : org.assertj.core.api.Assertions.fail(name.toLowerCase(Locale.ROOT) + " is not priced");
    }

    private static String shipped(String name) throws IOException {
        try (var in = java.util.Objects.requireNonNull(
                ShippedFilesTest.class.getResourceAsStream("/ai/openlegion/conf/" + name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
