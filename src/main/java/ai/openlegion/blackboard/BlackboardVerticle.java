package ai.openlegion.blackboard;

import ai.openlegion.acl.Policy;
import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.function.Supplier;

/// The owner of the blackboard: serves [Blackboard] from the store.
public final class BlackboardVerticle extends VerticleBase {

    private final Bus bus;
    private final Database database;
    private final Supplier<Policy> policy;
    private final InstantSource clock;
    private final BoardLimits limits;

    public BlackboardVerticle(
            Bus bus, Database database, Supplier<Policy> policy, InstantSource clock, BoardLimits limits) {
        this.bus = bus;
        this.database = database;
        this.policy = policy;
        this.clock = clock;
        this.limits = limits;
    }

    @Override
    public Future<?> start() {
        return Future.succeededFuture();
    }
}
