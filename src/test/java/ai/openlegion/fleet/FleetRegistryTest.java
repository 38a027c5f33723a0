package ai.openlegion.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.acl.Policy;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import io.vertx.core.Vertx;
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
