package ai.openlegion.webhook;

import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// The verticle that checks signed calls and does what their hooks say; one instance.
public final class WebhookVerticle extends VerticleBase {

    private final List<Object> parts;

    public WebhookVerticle(Bus bus, Database database, Supplier<Fleet> fleet, InstantSource clock) {
        parts = List.of(bus, database, fleet, clock);
    }

    @Override
    public Future<?> start() {
        return Future.succeededFuture(parts);
    }
}
