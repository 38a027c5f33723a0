package ai.openlegion.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.acl.Policy;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Service;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Stored;
import ai.openlegion.vault.Vault;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FleetRegistryTest {

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);

    @AfterEach
    void close() throws Exception {
        var _ = vertx.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void a_swap_is_current_at_once_and_told_on_the_bus() throws InterruptedException {
        FleetRegistry registry = new FleetRegistry(bus, fleet(1));
        LinkedBlockingQueue<Long> told = new LinkedBlockingQueue<>();
        var _ = bus.subscribe(Fleets.CHANGED, changed -> told.add(changed.revision()));
        Fleet next = fleet(2);

        registry.swap(next);

        assertThat(registry.current()).isSameAs(next);
        assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void the_same_revision_may_bring_other_tokens_but_an_older_one_never_comes_back() {
        FleetRegistry registry = new FleetRegistry(bus, fleet(5));
        Fleet same = fleet(5);
        registry.swap(same);
        assertThat(registry.current()).isSameAs(same);
        assertThatThrownBy(() -> registry.swap(fleet(4)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("fleet revision 4 does not follow 5");
        assertThat(registry.current()).isSameAs(same);
    }

    @Test
    void stored_credentials_stay_when_a_configuration_or_what_runs_over_it_changes() {
        FleetRegistry registry = new FleetRegistry(bus, fleet(1));

        registry.credentials(Map.of(
                "key", new Stored(Secret.of("sk-stored"), Stored.OPERATOR, 1),
                "more", new Stored(Secret.of("sk-more"), Stored.OPERATOR, 1)));
        assertThat(registry.current().vault().get("more")).contains(Secret.of("sk-more"));
        assertThat(registry.current().revision()).isEqualTo(1);

        registry.swap(fleet(2));
        registry.overlay(Overlay.NONE);
        assertThat(registry.current().vault().get("more")).contains(Secret.of("sk-more"));
        assertThat(registry.current().vault().get("key")).contains(Secret.of("sk-secret"));

        registry.credentials(Map.of());
        assertThat(registry.current().vault().get("more")).isEmpty();
    }

    @Test
    void a_key_has_one_holder_and_a_providers_key_is_known_by_its_shape() {
        var provider = new Provider(
                "together-ai", Dialect.OPENAI, URI.create("http://a"), Auth.BEARER, "tog_key", false, "max_tokens");
        var service = new Service("search", URI.create("http://b"), null, "search_key", 0, List.of(), Map.of());
        Fleet fleet = new Fleet(
                1,
                Map.of(),
                Policy.of(1, Map.of(), null, Map.of()),
                Catalogue.of(List.of(provider), List.of()).withServices(Map.of("search", service)),
                Vault.of(Map.of()),
                TokenTable.of(Map.of()),
                Map.of("leads", new Hook("leads", "Leads_Secret", null, "w")),
                Limits.NONE,
                Map.of());

        assertThat(KeyUse.of(fleet, "TOG_KEY")).hasToString("Optional[the key of provider together-ai]");
        assertThat(KeyUse.of(fleet, "search_key")).hasToString("Optional[the key of service search]");
        assertThat(KeyUse.of(fleet, "leads_secret")).hasToString("Optional[the key of webhook leads]");
        assertThat(KeyUse.of(fleet, "Together_ai_api_key"))
                .as("it uses another, but handles and agents' listings must not reach this one either")
                .hasToString("Optional[what a provider's key or address is called]");
        assertThat(KeyUse.of(fleet, "other")).isEmpty();
        assertThat(KeyUse.isProviderShaped(fleet, "Together_AI_api_key")).isTrue();
        assertThat(KeyUse.isProviderShaped(fleet, "together_ai_api_base")).isTrue();
        assertThat(KeyUse.isProviderShaped(fleet, "together_ai")).isFalse();
    }

    @Test
    void a_fleet_prints_no_credential() {
        assertThat(fleet(1).toString()).isEqualTo("Fleet[revision=1, agents=[]]");
    }

    private static Fleet fleet(long revision) {
        return new Fleet(
                revision,
                Map.of(),
                Policy.of(revision, Map.of(), null, Map.of()),
                Catalogue.of(List.of(), List.of()),
                Vault.of(Map.of("key", Secret.of("sk-secret"))),
                TokenTable.of(Map.of()),
                Map.of(),
                Limits.NONE,
                Map.of());
    }
}
