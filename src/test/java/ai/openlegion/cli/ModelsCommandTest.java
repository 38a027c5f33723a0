package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands that read a home's prices and agents, with no mesh behind them.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class ModelsCommandTest {

    private static final String MESH = """
            runtime: {kind: external}
            mesh: {port: 9420}
            models: {ollama/llama3.2: {input_usd_per_mtok: 0, output_usd_per_mtok: 0}}
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void fill() throws Exception {
        Files.createDirectories(folder.resolve("config"));
        Files.writeString(folder.resolve("config/mesh.yaml"), MESH);
        Files.writeString(folder.resolve("config/agents.yaml"), """
                agents:
                  coder: {role: coding, model: openai/gpt-5.3-codex}
                  boxed: {role: coding, model: openai/gpt-5.5, runtime: docker}
                """);
        Files.writeString(folder.resolve("config/permissions.json"), "{\"permissions\": {}}");
    }

    @Test
    void models_are_listed_searched_and_filtered_with_their_prices() {
        Ended all = run("models");
        assertThat(all.out().lines().count()).isGreaterThan(250);
        assertThat(all.out()).containsPattern("(?m)^ollama/llama3.2 +0 +0 +0 +unknown +chat +mesh.yaml$");
        Ended found = run("models", "search", "OPUS-4-8", "--provider", "anthropic");
        assertThat(found.out().lines()).hasSize(2);
        assertThat(found.out()).containsPattern("(?m)^anthropic/claude-opus-4-8 +5 +25 +0.5 +1000000 +chat +shipped$");
        JsonArray listed =
                new JsonArray(run("models", "--provider", "ollama", "--json").out());
        assertThat(listed.size()).isEqualTo(1);
        assertThat(run("models", "search", "no-such-thing").out()).isEmpty();
    }

    @Test
    void one_model_is_shown_with_every_tier_and_limit() {
        String shown = run("models", "show", "openai/gpt-5.5").out();
        assertThat(shown)
                .contains("openai, openai-responses")
                .containsPattern("(?m)^window +1050000$")
                .containsPattern("(?m)^up to 272000 +5 +30 +0.5 +5 +refused$")
                .containsPattern("(?m)^longer +10 +45 +1 +10 +refused$");
        JsonObject json = new JsonObject(
                run("models", "show", "anthropic/claude-sonnet-4-5", "--json").out());
        assertThat(json.getJsonObject("usd_per_mtok").getDouble("cache_write_1h"))
                .isEqualTo(6);
        assertThat(json.getJsonObject("long_context").getLong("above_tokens")).isEqualTo(200_000);
        assertThat(json.getJsonArray("dialects").encode()).isEqualTo("[\"anthropic\"]");
        Ended unknown = run("models", "show", "openai/gpt-0");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("openlegion models search");
    }

    @Test
    void prices_are_read_although_the_agents_are_wrong_but_not_over_a_wrong_price() throws Exception {
        Files.writeString(folder.resolve("config/agents.yaml"), "agents: 5\n");
        assertThat(run("models").code()).isZero();
        Files.writeString(folder.resolve("config/mesh.yaml"), "models: {ollama/x: {input_usd_per_mtok: 0}}\n");
        Ended wrong = run("models");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("config/mesh.yaml:1: models.ollama/x.output_usd_per_mtok: is missing");
    }

    @Test
    void an_import_is_tried_first_then_made_and_then_in_force() throws Exception {
        Path prices = folder.resolve("prices.json");
        Files.writeString(prices, """
                {"gpt-5.5": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 6e-06,
                   "output_cost_per_token": 3e-05},
                 "gpt-new": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06,
                   "output_cost_per_token": 3e-05},
                 "dall": {"litellm_provider": "openai", "mode": "image_generation"}}
                """);
        Path imported = folder.resolve("config/models.imported.yaml");
        Ended tried = run("models", "import", prices.toString(), "--dry-run");
        assertThat(tried.code()).isZero();
        assertThat(imported).doesNotExist();
        assertThat(tried.out())
                .contains(
                        "changed  openai/gpt-5.5  5 in, 30 out, 0.5 cached, above 272000: 10 in, 45 out, 1 cached  →  6 in, 30 out")
                .contains("added    openai/gpt-new  1 in, 30 out")
                .contains("skipped  1 entries: mode image_generation is not served")
                .contains("1 added, 1 changed, 0 removed, 0 unchanged, 1 skipped")
                .contains("nothing is written");
        assertThat(run("models", "import", prices.toString(), "--verbose").out())
                .contains("skipped  dall  mode image_generation is not served")
                .contains("wrote " + imported);
        assertThat(run("models", "show", "openai/gpt-new").out()).contains("imported");
        assertThat(run("check").out()).contains("ok");
        JsonObject again = new JsonObject(
                run("models", "import", prices.toString(), "--json").out());
        assertThat(again.getInteger("unchanged")).isEqualTo(2);
        Ended none = run("models", "import", folder.resolve("none.json").toString());
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("none.json: is missing");
    }

    @Test
    void a_shell_takes_what_connect_prints_and_never_finds_the_token_in_it() throws Exception {
        String token = run("token", "coder").out().strip();
        for (String client : List.of("claude", "openai", "anthropic", "codex")) {
            Ended ended = run("connect", client, "coder");
            assertThat(ended.code()).as(ended.err()).isZero();
            assertThat(ended.out()).contains("openai/gpt-5.3-codex").contains("http://127.0.0.1:9420");
            assertThat(ended.out()).doesNotContain(token);
            assertThat(run("connect", client, "coder", "--json").out()).doesNotContain(token);
        }
        List<String> set = sourced(run("connect", "claude", "coder").out());
        assertThat(set)
                .contains(
                        "ANTHROPIC_BASE_URL=http://127.0.0.1:9420",
                        "ANTHROPIC_AUTH_TOKEN=called token coder --home " + folder,
                        "ANTHROPIC_MODEL=openai/gpt-5.3-codex",
                        "ANTHROPIC_DEFAULT_HAIKU_MODEL=openai/gpt-5.3-codex",
                        "ANTHROPIC_SMALL_FAST_MODEL=openai/gpt-5.3-codex",
                        "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1",
                        "CLAUDE_CODE_GATEWAY_HINT_HEADERS=1",
                        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1")
                .noneMatch(line -> line.startsWith("ANTHROPIC_API_KEY="));
        assertThat(sourced(run("connect", "openai", "coder").out()))
                .contains(
                        "OPENAI_BASE_URL=http://127.0.0.1:9420/v1",
                        "OPENAI_API_KEY=called token coder --home " + folder);
    }

    @Test
    void codex_gets_a_provider_that_speaks_responses_and_fetches_its_own_token() {
        assertThat(run("connect", "codex", "coder").out())
                .contains("model = \"openai/gpt-5.3-codex\"\n")
                .contains("model_provider = \"openlegion\"\n")
                .contains("model_context_window = 400000\n")
                .contains("web_search = \"disabled\"\n")
                .contains(
                        "base_url = \"http://127.0.0.1:9420/v1\"\nwire_api = \"responses\"\nsupports_websockets = false\n")
                .contains(
                        "[model_providers.openlegion.auth]\ncommand = \"openlegion\"\nargs = [\"token\", \"coder\", \"--home\", \""
                                + folder + "\"]");
    }

    @Test
    void only_an_external_agent_can_be_a_client() {
        Ended boxed = run("connect", "claude", "boxed");
        assertThat(boxed.code()).isEqualTo(1);
        assertThat(boxed.err())
                .contains("agent boxed has runtime docker")
                .contains("runtime: external, model: openai/gpt-5.5");
        assertThat(run("connect", "claude", "nobody").err()).contains("there are: [coder, boxed]");
        assertThat(run("connect", "vim", "coder").code()).isEqualTo(2);
    }

    /// The environment of a shell that has read these lines, where `openlegion` says how it was called.
    private List<String> sourced(String lines) throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", "openlegion() { echo \"called $*\"; }\n" + lines + "\nenv")
                .redirectErrorStream(true)
                .start();
        try (Stream<String> env = shell.inputReader().lines()) {
            return env.toList();
        } finally {
            assertThat(shell.waitFor()).isZero();
        }
    }

    private Ended run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] all = Stream.concat(Stream.of(arguments), Stream.of("--home", folder.toString()))
                .toArray(String[]::new);
        int code = Cli.run(
                all,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
