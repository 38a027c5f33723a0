package ai.openlegion.push;

import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.function.Supplier;

/// The verticle of the push lanes: one a agent that has an address, each on its own, following the fleet as it changes.
public final class PushVerticle extends VerticleBase {

    /// @param inboundToken the token by which an agent knows the mesh; asked off the event loop, when the fleet changes
    public PushVerticle(
            Bus bus,
            Supplier<Fleet> fleet,
            Function<AgentId, String> inboundToken,
            InstantSource clock,
            PushSettings settings) {}

    @Override
    public Future<?> start() {
        return Future.succeededFuture();
    }
}
