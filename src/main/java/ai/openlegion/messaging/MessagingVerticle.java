package ai.openlegion.messaging;

import ai.openlegion.acl.Policy;
import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// The owner of every inbox, subscription and registration. One instance, on an event loop.
public final class MessagingVerticle extends VerticleBase {

    private final List<Object> parts;

    /// @param policy the permissions in force, asked at each delivery
    public MessagingVerticle(
            Bus bus, Database database, Supplier<Policy> policy, InstantSource clock, InboxLimits limits) {
        parts = List.of(bus, database, policy, clock, limits);
    }

    @Override
    public Future<?> start() {
        return Future.succeededFuture(parts);
    }
}
