package ai.openlegion.schedule;

import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// The verticle that keeps the jobs and runs each when its time has come. One instance.
public final class ScheduleVerticle extends VerticleBase {

    private final Bus bus;

    public ScheduleVerticle(
            Bus bus,
            Database database,
            Supplier<Policy> policy,
            AuditLog audit,
            InstantSource clock,
            ScheduleLimits limits) {
        this.bus = bus;
    }

    @Override
    public Future<?> start() {
        return Future.all(
                bus.serve(Schedule.LIST, _ -> Future.succeededFuture(new Schedule.Jobs(List.of()))),
                bus.serve(Schedule.CONFIGURE, _ -> Future.succeededFuture(new Schedule.Configured())));
    }
}
