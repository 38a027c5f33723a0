package ai.openlegion.supervisor;

import static java.util.Objects.requireNonNull;

import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.AuditPages;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Resources;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.identity.Tokens;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.store.Database;
import ai.openlegion.vault.Vault;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// A supervisor on a real store, with runtimes that do what the test says and a clock that it may push on.
final class SupervisorRig implements AutoCloseable {

    static final SupervisorSettings BRISK = new SupervisorSettings(1, 3, 1, 1, 2, 20, 1, 3, 8);
    private static final long DISK = 1_000;

    final ScriptedRuntime docker = new ScriptedRuntime("docker");
    final ScriptedRuntime process = new ScriptedRuntime("process");
    final AtomicLong ahead = new AtomicLong();
    /// What every agent has been, with its name before it: `alpha ready`.
    final List<String> history = new CopyOnWriteArrayList<>();

    final List<String> remarks = new ArrayList<>();
    Function<String, Future<Void>> listen = _ -> Future.succeededFuture();
    Function<Set<AgentId>, Future<?>> census = _ -> Future.succeededFuture();

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx);
    private final Database database;
    private final AuditLog audit;
    private final Tokens tokens;
    private final InstantSource clock = () -> Instant.now().plusMillis(ahead.get());
    private final Map<AgentId, Agent> agents = new LinkedHashMap<>();
    private String deployment = "";

    SupervisorRig(Path folder) throws Exception {
        database = Database.open(folder.resolve("mesh.db"), vertx);
        audit = AuditLog.open(database, bus);
        tokens = Tokens.open(folder);
    }

    /// An agent whose program has no server, and so is ready as long as it runs.
    @CanIgnoreReturnValue
    SupervisorRig agent(String id, RuntimeKind kind) {
        Resources resources = new Resources(Resources.DEFAULTS.memoryBytes(), 500, 64, DISK);
        agents.put(
                new AgentId(id),
                new Agent(
                        new AgentId(id),
                        "test",
                        "sim/small",
                        List.of(),
                        kind,
                        new Agent.Program(null, List.of("run"), resources, false),
                        Limits.NONE,
                        null,
                        "",
                        null));
        return this;
    }

    void start() throws Exception {
        Fleet fleet = new Fleet(
                1,
                agents,
                Policy.of(1, Map.of(), null, Map.of()),
                Catalogue.of(List.of(), List.of()),
                Vault.of(Map.of()),
                TokenTable.of(Map.of()),
                Map.of(),
                Limits.NONE,
                Map.of());
        var _ = await(
                bus.serve(Messaging.DIRECTORY, _ -> Future.succeededFuture(new Messaging.Registrations(Map.of()))));
        var _ = bus.subscribe(Supervisor.CHANGED, change -> history.add(change.agent() + " " + change.to()));
        var supervisor = new SupervisorVerticle(new SupervisorVerticle.Surroundings(
                bus,
                new FleetRegistry(bus, fleet),
                database,
                audit,
                tokens,
                new Choice(),
                BRISK,
                RuntimeKind.DOCKER,
                clock,
                new AgentOutput(),
                () -> 8420,
                host -> listen.apply(host),
                alive -> census.apply(alive)));
        deployment = await(vertx.deployVerticle(supervisor));
        supervisor.begin();
    }

    /// What takes agents here: `sandbox` is not to be had.
    private final class Choice implements Runtimes {
        @Override
        public Future<Chosen> choose(RuntimeKind kind) {
            return switch (kind) {
                case DOCKER, AUTO -> Future.succeededFuture(new Chosen(docker, !remarks.isEmpty(), remarks));
                case PROCESS -> Future.succeededFuture(new Chosen(process, false, List.of()));
                case SANDBOX, EXTERNAL ->
                    Future.failedFuture(new RuntimeFault(RuntimeFault.Kind.MISSING, "no sandbox: install one"));
            };
        }

        @Override
        public List<AgentRuntime> all() {
            return List.of(docker, process);
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    Supervisor.Agents read() {
        return await(bus.ask(Supervisor.READ, new Supervisor.Read()));
    }

    Supervisor.Standing agent(String id) {
        return read().agents().stream()
                .filter(one -> one.agent().value().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody is called " + id));
    }

    String state(String id) {
        return agent(id).state();
    }

    String instance(String id) {
        return requireNonNull(agent(id).instance(), id + " does not run");
    }

    void await(String id, String state) {
        Eventually.until(id + " is " + state + "; " + history, () -> state(id).equals(state));
    }

    void order(String id, Supervisor.Order order) {
        var _ = await(bus.ask(Supervisor.COMMAND, new Supervisor.Command(new AgentId(id), order)));
    }

    /// Every entry of the audit: action, resource, decision.
    List<String> audited() {
        List<String> all = new ArrayList<>();
        var _ = await(new AuditPages(vertx, database).read(1, recorded -> {
            var entry = recorded.entry();
            return all.add(entry.action() + ' ' + entry.resource() + ' ' + entry.decision());
        }));
        return all;
    }

    void stop() {
        if (!deployment.isEmpty()) {
            String id = deployment;
            deployment = "";
            var _ = await(vertx.undeploy(id));
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException late) {
            throw new AssertionError(late);
        }
    }

    @Override
    public void close() {
        docker.hanging = false;
        docker.dead = false;
        stop();
        database.close();
        var _ = await(vertx.close());
    }
}
