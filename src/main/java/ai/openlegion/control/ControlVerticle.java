package ai.openlegion.control;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.TokenDigest;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/// The verticle of the operator's listener; one instance.
public final class ControlVerticle extends VerticleBase {

    private final ControlSettings settings;
    private volatile int port;

    /// @param operator the digest of the operator's token
    /// @param storeAvailable whether the store takes writes; `/healthz` says 503 while it does not
    public ControlVerticle(
            Bus bus,
            FleetRegistry fleet,
            AuditLog audit,
            BooleanSupplier storeAvailable,
            TokenDigest operator,
            InstantSource clock,
            ControlSettings settings) {
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        port = settings.port();
        return Future.succeededFuture();
    }

    /// The port it listens on, once deployed.
    public int port() {
        return port;
    }
}
