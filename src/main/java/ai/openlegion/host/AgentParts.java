package ai.openlegion.host;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.gateway.GatewayVerticle;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.store.Database;
import ai.openlegion.supervisor.AgentOutput;
import ai.openlegion.supervisor.Runtimes;
import ai.openlegion.supervisor.SupervisorVerticle;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import java.time.InstantSource;

/// What runs agents: their supervisor, and the way to what they write.
final class AgentParts {

    private final SupervisorVerticle supervisor;
    private final AgentOutput output = new AgentOutput();

    AgentParts(
            Bus bus,
            Database database,
            FleetRegistry fleets,
            AuditLog audit,
            Tokens tokens,
            Runtimes runtimes,
            MeshSettings settings,
            InstantSource clock,
            GatewayVerticle.Shared gateway,
            FabricParts fabric) {
        supervisor = new SupervisorVerticle(new SupervisorVerticle.Surroundings(
                bus,
                fleets,
                database,
                audit,
                tokens,
                runtimes,
                settings.supervision(),
                settings.runtime().kind(),
                clock,
                output,
                () -> port(gateway),
                gateway.more()::listen,
                fabric::spawned));
        // here, since tasks follow the supervisor's door and it cannot follow theirs
        var _ = bus.subscribe(Tasks.STARTED, task -> supervisor.works(task.agent(), true));
        var _ = bus.subscribe(
                Tasks.FINISHED, over -> supervisor.works(over.task().agent(), false));
    }

    /// As it is, or before the listener is there as it will be.
    private static int port(GatewayVerticle.Shared gateway) {
        int inner = gateway.more().innerPort();
        if (inner > 0) {
            return inner;
        }
        int bound = gateway.port().get();
        return bound > 0 ? bound : gateway.listener().port();
    }

    SupervisorVerticle supervisor() {
        return supervisor;
    }

    /// For the operator.
    Future<AgentRuntime.LogStream> logs(AgentId agent, int tail, boolean follow) {
        return output.of(agent, tail, follow)
                .orElseGet(() -> Future.failedFuture(new RuntimeFault(
                        RuntimeFault.Kind.UNAVAILABLE, agent + " does not run, so there is no output")));
    }
}
