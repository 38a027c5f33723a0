package ai.openlegion.fabric;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import ai.openlegion.routes.Routes;
import ai.openlegion.vault.CredentialStore;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;

/// The routes of the fabric on one event loop of the agents' listener.
public final class FabricRoutes {

    /// How often [#onTick] is called, in milliseconds.
    public static final int TICK_MILLIS = 1000 / InboxReaders.TICKS_A_SECOND;

    /// What the routes work with.
    ///
    /// @param rates shared by all event loops
    /// @param self what the listener knows about an agent by itself
    /// @param credentials what agents store their values with; asked directly, since no value crosses the bus
    public record Surroundings(
            Bus bus,
            AuditLog audit,
            InstantSource clock,
            RateLimiter rates,
            Entrance entrance,
            SelfKnowledge self,
            StreamLimits streams,
            CredentialStore credentials) {}

    private final Surroundings mesh;
    private final InboxReaders readers;
    private final Crossings crossings;

    private int ticks;

    public FabricRoutes(Surroundings mesh) {
        this.mesh = mesh;
        readers = new InboxReaders(mesh.streams());
        crossings = new Crossings(mesh);
    }

    /// Adds every route, each with the permission it needs; behind those that must stay fast.
    public void add(Router router) {
        Routes.guard(router, this::refuseDots);
        InboxRoutes.add(router, crossings, readers);
        TopicRoutes.add(router, crossings);
        MessageRoutes.add(router, crossings);
        BlackboardRoutes.add(router, crossings);
        DirectoryRoutes.add(router, crossings, mesh.self());
        CronRoutes.add(router, crossings);
        SpawnRoutes.add(router, crossings);
        WorkflowRoutes.add(router, crossings);
        new VaultRoutes(mesh.credentials()).add(router, crossings);
    }

    /// The router removes `..` from a path before it looks for a route: a key that holds one would be taken for another
    /// path altogether.
    private void refuseDots(RoutingContext context) {
        String path = context.request().path();
        if (path != null
                && path.startsWith(BlackboardRoutes.PATH)
                && !context.normalizedPath().startsWith(BlackboardRoutes.PATH)) {
            mesh.entrance()
                    .enter(
                            context,
                            entered -> crossings.visit(context, entered).refuse(400, "The key has a .. segment"));
        } else {
            context.next();
        }
    }

    /// Ends a response with a body that may be large, under the bounds of what agents leave unread.
    ///
    /// @return false where this agent leaves too much unread; then nothing has been written
    public boolean ends(AgentId agent, HttpServerRequest request, byte[] body) {
        return crossings.ends(agent, request, body);
    }

    /// Time has passed.
    public void onTick(Fleet fleet) {
        readers.onTick();
        crossings.onTick();
        ticks++;
        if (ticks % InboxReaders.TICKS_A_SECOND == 0) {
            crossings.onSecond(fleet.revision());
        }
    }

    /// Another fleet holds: streams whose token no longer opens the door end.
    public void onFleet(Fleet fleet) {
        readers.onFleet();
        mesh.rates().retain(fleet.agents().keySet());
    }

    /// The mesh stops: whoever waits is told to come back.
    public void onDrain() {
        readers.onDrain();
    }
}
