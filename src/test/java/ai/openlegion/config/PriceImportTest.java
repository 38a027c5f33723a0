package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Rates;
import ai.openlegion.catalogue.Resolution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PriceImportTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.5Z");

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void every_price_arrives_exactly_or_rounded_up_to_the_pico_dollar() throws IOException {
        PriceImport prices = read("""
                {"sample_spec": {"litellm_provider": "one of …", "mode": "one of …"},
                 "gpt-new": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.25e-06,
                   "output_cost_per_token": 0.0000000000001, "cache_read_input_token_cost": 1.25e-07,
                   "cache_creation_input_token_cost": 3.00000001e-6, "cache_creation_input_token_cost_above_1hr": 6e-6,
                   "input_cost_per_token_above_272k_tokens": 2.5e-06, "output_cost_per_token_above_272k_tokens": 1e-6,
                   "cache_creation_input_token_cost_above_1hr_above_272k_tokens": 12e-6,
                   "input_cost_per_token_priority": 1, "search_context_cost_per_query": {"x": 1},
                   "max_input_tokens": 272000, "max_output_tokens": 128000, "max_tokens": 1}}
                """);
        assertThat(prices.added()).extracting(PriceImport.Change::id).containsExactly("openai/gpt-new");
        assertThat(prices.skipped()).isEmpty();
        assertThat(prices.write(NOW)).isEqualTo(folder.resolve("config/models.imported.yaml"));

        Model model = model("gpt-new");
        assertThat(model.price().base()).isEqualTo(new Rates(1_250_000, 1, 125_000, 3_000_001, 6_000_000L));
        assertThat(model.price().longContext())
                .isEqualTo(new Rates(2_500_000, 1_000_000, 2_500_000, 2_500_000, 12_000_000L));
        assertThat(model.price().longContextAboveTokens()).isEqualTo(272_000);
        assertThat(model.contextTokens()).isEqualTo(272_000);
        assertThat(model.maxOutputTokens()).isEqualTo(128_000);
        assertThat(Files.readString(folder.resolve("config/models.imported.yaml")))
                .startsWith("# Prices imported from prices.json\n# on 2026-11-22T10:00:00Z,");
        try (Stream<Path> left = Files.list(folder.resolve("config"))) {
            assertThat(left.map(file -> String.valueOf(file.getFileName())))
                    .containsExactlyInAnyOrder("mesh.yaml", "agents.yaml", "permissions.json", "models.imported.yaml");
        }
    }

    @Test
    void providers_are_known_by_our_names_and_modes_become_kinds_and_dialects() throws IOException {
        PriceImport prices = read("""
                {"together_ai/a/b": {"litellm_provider": "together_ai", "mode": "chat", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 2e-6, "output_cost_per_reasoning_token": 3e-6},
                 "gpt-codex": {"litellm_provider": "openai", "mode": "responses", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 2e-6, "supported_endpoints": ["/v1/responses"]},
                 "gpt-both": {"litellm_provider": "openai", "mode": "responses", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 2e-6, "supported_endpoints": ["/v1/chat/completions", "/v1/responses"]},
                 "mistral/vector": {"litellm_provider": "mistral", "mode": "embedding", "input_cost_per_token": 1e-7},
                 "ollama/own": {"litellm_provider": "ollama", "mode": "chat", "input_cost_per_token": 0,
                   "output_cost_per_token": 0},
                 "zai/cached": {"litellm_provider": "zai", "mode": "chat", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 2e-6, "cache_creation_input_token_cost": 0.0}}
                """);
        assertThat(prices.skipped()).isEmpty();
        var _ = prices.write(NOW);
        assertThat(model("together/a/b").price().base().output())
                .as("of output and reasoning the dearer")
                .isEqualTo(3_000_000);
        assertThat(model("gpt-codex").dialectFor(Dialect.OPENAI)).isEqualTo(Dialect.RESPONSES);
        assertThat(model("gpt-both").dialectFor(Dialect.OPENAI)).isEqualTo(Dialect.OPENAI);
        assertThat(model("mistral/vector").kind()).isEqualTo(Model.Kind.EMBEDDING);
        assertThat(model("ollama/own").price().worstInput()).isZero();
        assertThat(model("zai/cached").price().base().cacheWrite())
                .as("no price for writes, not a price of 0")
                .isEqualTo(1_000_000);
    }

    @Test
    void what_has_no_bound_is_left_out_and_the_reason_said() {
        PriceImport prices = read("""
                {"bedrock/x": {"litellm_provider": "bedrock", "mode": "chat", "input_cost_per_token": 1, "output_cost_per_token": 1},
                 "dall": {"litellm_provider": "openai", "mode": "image_generation", "output_cost_per_image": 1},
                 "whisper": {"litellm_provider": "openai", "mode": "audio_transcription", "input_cost_per_second": 1},
                 "asks": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 1e-6, "input_cost_per_request": 0.005},
                 "speaks": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 1e-6, "output_cost_per_audio_token": 1e-5},
                 "tiers": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 1e-6, "tiered_pricing": [{}]},
                 "xai/codex": {"litellm_provider": "anthropic", "mode": "responses", "input_cost_per_token": 1e-6,
                   "output_cost_per_token": 1e-6},
                 "free": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0},
                 "half": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6},
                 "text": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": "1e-6"},
                 "minus": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": -1},
                 "dear": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.1, "output_cost_per_token": 1},
                 "groq-x": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
                 "has space": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
                 "list": []}
                """);
        assertThat(prices.added()).isEmpty();
        assertThat(prices.changed()).isEmpty();
        assertThat(prices.skipped())
                .extracting(left -> left.name() + ": " + left.reason())
                .containsExactly(
                        "bedrock/x: provider bedrock is not known here",
                        "dall: mode image_generation is not served",
                        "whisper: mode audio_transcription is not served",
                        "asks: is billed by input_cost_per_request, which has no bound here",
                        "speaks: is billed by output_cost_per_audio_token, which has no bound here",
                        "tiers: is billed by tiered_pricing, which has no bound here",
                        "xai/codex: answers on Responses, which provider anthropic does not serve here",
                        "free: price 0 at a provider that bills; list it in mesh.yaml if that is meant",
                        "half: has no output price",
                        "text: input_cost_per_token is not a number ≥ 0",
                        "minus: input_cost_per_token is not a number ≥ 0",
                        "dear: has a price beyond a dollar for a token",
                        "groq-x: its name does not begin with groq/",
                        "has space: its name is none that a model can have here",
                        "list: is no object");
    }

    @Test
    void a_second_import_takes_the_place_of_the_first_and_says_what_changes() throws IOException {
        String old = chat("gpt-4o", "9e-6") + "," + chat("gpt-own", "1e-6") + "," + chat("gpt-gone", "1e-6");
        var _ = read("{" + old + "}").write(NOW);
        assertThat(model("gpt-4o").price().base().input()).isEqualTo(9_000_000);

        files.mesh(HomeFiles.MESH.replace(
                "models: {", "models: {openai/gpt-own: {input_usd_per_mtok: 5, output_usd_per_mtok: 5}, "));
        PriceImport prices = read("{" + chat("gpt-own", "2e-6") + "," + chat("gpt-5.5", "5e-6") + "}");
        assertThat(prices.changed())
                .extracting(PriceImport.Change::id)
                .containsExactlyInAnyOrder("openai/gpt-own", "openai/gpt-5.5");
        assertThat(prices.changed().getFirst().before()).isEqualTo("1 in, 1 out");
        assertThat(prices.changed().getFirst().after()).isEqualTo("2 in, 2 out");
        assertThat(prices.overruled()).containsExactly("openai/gpt-own");
        assertThat(prices.removed())
                .extracting(PriceImport.Change::id)
                .containsExactlyInAnyOrder("openai/gpt-4o", "openai/gpt-gone");
        assertThat(model("gpt-4o").price().base().input())
                .as("reading changes nothing")
                .isEqualTo(9_000_000);
        var _ = prices.write(NOW);
        assertThat(model("gpt-4o").price().base().input())
                .as("the shipped price holds again")
                .isEqualTo(2_500_000);
        assertThat(model("gpt-own").price().base().input()).isEqualTo(5_000_000);
        assertThat(files.load().catalogue().resolve("gpt-gone")).isInstanceOf(Resolution.Unpriced.class);
        assertThat(read("{" + chat("gpt-own", "2e-6") + "," + chat("gpt-5.5", "5e-6") + "}")
                        .unchanged())
                .isEqualTo(2);
    }

    @Test
    void what_is_shipped_at_the_same_price_is_not_written() throws IOException {
        PriceImport prices = read("""
                {"gpt-4o": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06,
                  "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06, "max_input_tokens": 1}}
                """);
        assertThat(prices.unchanged()).isEqualTo(1);
        assertThat(Files.readString(prices.write(NOW))).doesNotContain("gpt-4o");
        assertThat(model("gpt-4o").contextTokens()).isEqualTo(128_000);
    }

    @Test
    void of_two_entries_for_one_model_the_dearer_counts() throws IOException {
        PriceImport prices = read("{" + chat("gpt-two", "2e-6") + "," + chat("openai/gpt-two", "3e-6") + ","
                + chat("gpt-two2", "1e-6") + "}");
        assertThat(prices.added()).hasSize(2);
        var _ = prices.write(NOW);
        assertThat(model("gpt-two").price().base().input()).isEqualTo(3_000_000);
    }

    @Test
    void a_file_that_cannot_be_read_changes_nothing_and_names_its_line() {
        for (String broken : List.of("{\"a\": \n{", "[]", "", "{\"a\": {}, \"a\": {}}")) {
            Problems problems = new Problems();
            files.file("prices.json", broken);
            assertThat(PriceImport.read(files.home(), folder.resolve("prices.json"), problems))
                    .as(broken)
                    .isEmpty();
            assertThat(problems.list()).as(broken).hasSize(1);
            assertThat(problems.list().getFirst().toString()).startsWith(folder.resolve("prices.json") + ":");
        }
        Problems problems = new Problems();
        assertThat(PriceImport.read(files.home(), folder.resolve("none.json"), problems))
                .isEmpty();
        assertThat(problems.list().getFirst().message()).isEqualTo("is missing");
        assertThat(folder.resolve("config/models.imported.yaml")).doesNotExist();
    }

    @Test
    void an_earlier_import_that_does_not_check_any_more_is_replaced() throws IOException {
        files.file(
                "config/models.imported.yaml", "models: {gone/x: {input_usd_per_mtok: 1, output_usd_per_mtok: 1}}\n");
        assertThat(files.problems()).hasSize(1);
        var _ = read("{" + chat("gpt-own", "1e-6") + "}").write(NOW);
        assertThat(files.problems()).isEmpty();
    }

    private static String chat(String name, String price) {
        return "\"" + name + "\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", \"input_cost_per_token\": "
                + price + ", \"output_cost_per_token\": " + price + "}";
    }

    private PriceImport read(String json) {
        files.file("prices.json", json);
        Problems problems = new Problems();
        return PriceImport.read(files.home(), folder.resolve("prices.json"), problems)
                .orElseThrow(() -> new AssertionError(problems.list().toString()));
    }

    private Model model(String name) {
        return files.load().catalogue().resolve(name) instanceof Resolution.Known(Model model)
                ? model
                : org.assertj.core.api.Assertions.fail(name + " is not priced");
    }
}
