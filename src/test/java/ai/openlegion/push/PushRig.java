package ai.openlegion.push;

import ai.openlegion.acl.Policy;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.messaging.Messaging.Kind;
import ai.openlegion.vault.Vault;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The real push lanes over inboxes that are served by hand, in a fleet that can be changed.
final class PushRig implements AutoCloseable {

    static final AgentId ANNA = new AgentId("anna");
    static final AgentId BERT = new AgentId("bert");

    /// The contract's numbers, a hundred times faster; a hanging endpoint is given up on after 300 ms.
    static final PushSettings FAST = new PushSettings(300, 5, 10, 100, 16);

    final Vertx vertx = Vertx.vertx();
    final HandServedInboxes inboxes = new HandServedInboxes();
    private final FleetRegistry fleets;
    private final String deployment;
    private long revision = 1;

    PushRig(Map<AgentId, URI> addresses) throws Exception {
        Bus bus = new Bus(vertx);
        fleets = new FleetRegistry(bus, fleet(addresses));
        var _ = inboxes.serve(bus).await(30, TimeUnit.SECONDS);
        deployment = vertx.deployVerticle(new PushVerticle(
                        bus, fleets::current, agent -> "inbound-of-" + agent, InstantSource.system(), FAST))
                .await(30, TimeUnit.SECONDS);
    }

    /// The fleet from now on.
    void reload(Map<AgentId, URI> addresses) {
        revision++;
        fleets.swap(fleet(addresses));
    }

    void message(AgentId to, String payload) {
        inboxes.put(to, Kind.MESSAGE, "query", payload);
    }

    /// Ends the lanes and nothing else.
    void undeploy() throws Exception {
        vertx.undeploy(deployment).await(30, TimeUnit.SECONDS);
    }

    private Fleet fleet(Map<AgentId, URI> addresses) {
        Map<AgentId, Agent> agents = new HashMap<>();
        addresses.forEach((id, push) -> agents.put(
                id,
                new Agent(
                        id,
                        "test",
                        "sim/small",
                        List.of(),
                        RuntimeKind.EXTERNAL,
                        Agent.Program.OWN,
                        Limits.NONE,
                        push,
                        "",
                        null)));
        return new Fleet(
                revision,
                agents,
                Policy.of(revision, Map.of(), null, Map.of()),
                Catalogue.of(List.of(), List.of()),
                Vault.of(Map.of()),
                TokenTable.of(Map.of()),
                Map.of(),
                Limits.NONE,
                Map.of());
    }

    @Override
    public void close() throws TimeoutException {
        vertx.close().await(30, TimeUnit.SECONDS);
    }
}
