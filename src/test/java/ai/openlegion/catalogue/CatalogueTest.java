package ai.openlegion.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CatalogueTest {

    private static final Provider OPENAI = provider("openai");
    private static final Provider GEMINI = provider("gemini");
    private static final Provider ROUTER = provider("openrouter");
    private static final Model GPT = model(OPENAI, "gpt-4o");
    private static final Model ODD = model(OPENAI, "curie");
    private static final Model FLASH = model(GEMINI, "gemini-3.5-flash");
    private static final Model ROUTED = model(ROUTER, "openai/gpt-4o");
    private static final Model MIMIC = model(GEMINI, "gpt-mimic");
    private static final Catalogue CATALOGUE =
            Catalogue.of(List.of(OPENAI, GEMINI, ROUTER), List.of(GPT, ODD, FLASH, ROUTED, MIMIC));

    @Test
    void a_full_name_is_exact() {
        assertThat(CATALOGUE.resolve("openai/gpt-4o")).isEqualTo(new Resolution.Known(GPT));
        assertThat(CATALOGUE.resolve("openrouter/openai/gpt-4o")).isEqualTo(new Resolution.Known(ROUTED));
        assertThat(CATALOGUE.resolve("OpenAI/gpt-4o")).isEqualTo(new Resolution.Unknown("OpenAI/gpt-4o"));
        assertThat(CATALOGUE.resolve("openai/GPT-4o")).isEqualTo(new Resolution.Unpriced("openai/GPT-4o", OPENAI));
    }

    @Test
    void a_bare_name_belongs_to_the_vendor_whose_prefix_it_has() {
        assertThat(CATALOGUE.resolve("gpt-4o")).isEqualTo(new Resolution.Known(GPT));
        assertThat(CATALOGUE.resolve("gemini-3.5-flash")).isEqualTo(new Resolution.Known(FLASH));
        for (String name : List.of("gpt-9", "chatgpt-9", "o1", "o3-pro", "o4-mini", "text-embedding-9")) {
            assertThat(CATALOGUE.resolve(name)).isEqualTo(new Resolution.Unpriced("openai/" + name, OPENAI));
        }
        assertThat(CATALOGUE.resolve("gpt-mimic")).isEqualTo(new Resolution.Unpriced("openai/gpt-mimic", OPENAI));
        assertThat(CATALOGUE.resolve("gemini/gpt-mimic")).isEqualTo(new Resolution.Known(MIMIC));
    }

    @Test
    void a_bare_name_that_is_listed_needs_no_prefix() {
        assertThat(CATALOGUE.resolve("curie")).isEqualTo(new Resolution.Known(ODD));
    }

    @Test
    void a_name_without_a_known_provider_is_unknown() {
        for (String name :
                List.of("", "/", "openai/", "/gpt-4o", "o10", "o1x", "claude-sonnet-5", "nobody/x", "small")) {
            assertThat(CATALOGUE.resolve(name)).as(name).isEqualTo(new Resolution.Unknown(name));
        }
    }

    @Test
    void what_is_known_is_resolved_without_making_anything_new() {
        assertThat(CATALOGUE.resolve("gpt-4o")).isSameAs(CATALOGUE.resolve("gpt-4o"));
    }

    @Test
    void ids_are_unique_and_models_have_their_provider() {
        assertThatThrownBy(() -> Catalogue.of(List.of(OPENAI, OPENAI), List.of()))
                .hasMessage("provider openai twice");
        assertThatThrownBy(() -> Catalogue.of(List.of(OPENAI), List.of(GPT, GPT)))
                .hasMessage("model openai/gpt-4o twice");
        assertThatThrownBy(() -> Catalogue.of(List.of(GEMINI), List.of(GPT)))
                .hasMessage("model openai/gpt-4o: its provider is not in the catalogue");
    }

    @Test
    void the_dearest_rate_counts_every_kind_and_tier() {
        Price flat = Price.flat(new Rates(5, 9, 1, 7));
        assertThat(flat.worstInput()).isEqualTo(7);
        assertThat(flat.worstOutput()).isEqualTo(9);
        Price tiered = new Price(new Rates(5, 9, 1, 7), new Rates(6, 11, 12, 6), 200_000);
        assertThat(tiered.worstInput()).isEqualTo(12);
        assertThat(tiered.worstOutput()).isEqualTo(11);
        assertThat(tiered.ratesFor(200_000)).isEqualTo(new Rates(5, 9, 1, 7));
        assertThat(tiered.ratesFor(200_001)).isEqualTo(new Rates(6, 11, 12, 6));
        assertThat(flat.ratesFor(Long.MAX_VALUE)).isEqualTo(flat.base());
    }

    @Test
    void a_rate_is_never_negative_and_a_credential_has_a_scheme() {
        assertThatThrownBy(() -> new Rates(0, -1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Provider(
                        "x", Dialect.OPENAI, URI.create("http://x"), Auth.NONE, "key", false, "max_tokens"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_client_is_answered_in_its_own_dialect_where_the_model_has_it() {
        Provider both = new Provider(
                "both",
                Dialect.OPENAI,
                Set.of(Dialect.RESPONSES, Dialect.OPENAI),
                URI.create("https://both.example/v1"),
                Auth.NONE,
                null,
                false,
                "max_completion_tokens");
        assertThat(both.also()).as("what it speaks first is not also").containsExactly(Dialect.RESPONSES);
        Model usual = model(both, "usual");
        assertThat(usual.dialectFor(Dialect.OPENAI)).isEqualTo(Dialect.OPENAI);
        assertThat(usual.dialectFor(Dialect.RESPONSES)).isEqualTo(Dialect.RESPONSES);
        assertThat(usual.dialectFor(Dialect.ANTHROPIC)).isEqualTo(Dialect.OPENAI);
        assertThat(model(ROUTER, "x").dialectFor(Dialect.RESPONSES)).isEqualTo(Dialect.OPENAI);
        Model codex = new Model(
                "both/codex",
                both,
                "codex",
                Model.Kind.CHAT,
                Dialect.RESPONSES,
                Price.flat(new Rates(1, 2, 1, 1)),
                0,
                0,
                null);
        for (Dialect client : Dialect.values()) {
            assertThat(codex.dialectFor(client)).isEqualTo(Dialect.RESPONSES);
        }
        assertThat(both.maxTokensField(Dialect.OPENAI)).isEqualTo("max_completion_tokens");
        assertThat(both.maxTokensField(Dialect.RESPONSES)).isEqualTo("max_output_tokens");
    }

    @Test
    void a_write_that_lasts_an_hour_counts_only_where_it_is_asked_for_and_priced() {
        Rates base = new Rates(5, 9, 1, 7, 10L);
        assertThat(Price.flat(base).hasLongWrites()).isTrue();
        assertThat(Price.flat(base).worstInput()).isEqualTo(10);
        assertThat(Price.flat(base).worstInput(false)).isEqualTo(7);
        assertThat(Price.flat(new Rates(5, 9, 1, 7)).hasLongWrites()).isFalse();
        Price tiered = new Price(base, new Rates(6, 11, 12, 6), 200_000);
        assertThat(tiered.hasLongWrites()).as("not in the second tier").isFalse();
        assertThat(tiered.worstInput(true)).isEqualTo(12);
        assertThat(new Price(base, new Rates(6, 11, 2, 14, 20L), 200_000).worstInput(true))
                .isEqualTo(20);
        assertThatThrownBy(() -> new Rates(0, 0, 0, 0, -1L)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void every_auth_scheme_has_its_header() {
        assertThat(Auth.BEARER.header() + ": " + Auth.BEARER.value("k")).isEqualTo("authorization: Bearer k");
        for (Auth auth : List.of(Auth.X_API_KEY, Auth.API_KEY, Auth.X_GOOG_API_KEY)) {
            assertThat(auth.header() + ": " + auth.value("k")).isEqualTo(auth.key() + ": k");
        }
    }

    private static Provider provider(String name) {
        return new Provider(
                name,
                Dialect.OPENAI,
                URI.create("https://" + name + ".example/v1"),
                Auth.NONE,
                null,
                false,
                "max_tokens");
    }

    private static Model model(Provider provider, String name) {
        return new Model(provider.name() + "/" + name, provider, name, Price.flat(new Rates(1, 2, 1, 1)), 0, 0, null);
    }
}
