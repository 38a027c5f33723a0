package ai.openlegion.workflow;

import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.Audits;
import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.blackboard.BlackboardVerticle;
import ai.openlegion.blackboard.BoardLimits;
import ai.openlegion.budget.Budget;
import ai.openlegion.budget.BudgetVerticle;
import ai.openlegion.budget.Ledger;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.messaging.MessagingVerticle;
import ai.openlegion.store.Database;
import ai.openlegion.store.Transaction;
import ai.openlegion.task.TaskSettings;
import ai.openlegion.task.TaskVerticle;
import ai.openlegion.vault.Vault;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The workflows beside the real owners of tasks, accounts, inboxes and the blackboard, on one database on disk and a
/// clock that a test moves. Its agents pull: what they do is [RigAgents]'.
final class RunRig {

    static final WorkflowSettings SETTINGS = new WorkflowSettings(50, 86_400_000, 5, 20, 100);
    private static final TaskSettings TASKS = new TaskSettings(100, 1_000, 500, 500, 20, 86_400_000);

    /// A clock that goes with the machine's, and that a test puts forward.
    static final class MovedClock implements InstantSource {
        private volatile Duration ahead = Duration.ZERO;

        @Override
        public Instant instant() {
            return InstantSource.system().instant().plus(ahead);
        }

        void advance(Duration by) {
            ahead = ahead.plus(by);
        }
    }

    /// The store of runs, which goes silent behind a write as a mesh does that is killed there.
    static final class Mortal {
        final AtomicInteger writes = new AtomicInteger();
        final int dies;
        final Promise<Integer> died = Promise.promise();

        /// @param dies behind the write of this number, from 1; 0 = never
        Mortal(int dies) {
            this.dies = dies;
        }

        Runs.Disk over(Database database) {
            return new Runs.Disk() {
                @Override
                public <T extends @Nullable Object> Future<T> write(Transaction<T> work) {
                    int number = writes.incrementAndGet();
                    if (dies > 0 && number > dies) {
                        return Promise.<T>promise().future();
                    }
                    return database.write(work).compose(answer -> {
                        if (number == dies) {
                            var _ = died.tryComplete(number);
                            return Promise.<T>promise().future();
                        }
                        return Future.succeededFuture(answer);
                    });
                }
            };
        }
    }

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx);
    final List<String> audited = new CopyOnWriteArrayList<>();
    final List<Workflows.RunEvent> happened = new CopyOnWriteArrayList<>();

    private final Database database;
    private final Path file;
    private final MovedClock clock;
    private final RigAgents agents;
    private final Supplier<Fleet> fleet;
    private final String deployment;

    RunRig(Path file, MovedClock clock, RigAgents agents) throws Exception {
        this(file, clock, agents, new Mortal(0));
    }

    RunRig(Path file, MovedClock clock, RigAgents agents, Mortal mortal) throws Exception {
        this(file, clock, agents, mortal::over);
    }

    /// @param disk of the runs
    RunRig(Path file, MovedClock clock, RigAgents agents, Function<Database, Runs.Disk> disk) throws Exception {
        this.file = file;
        this.clock = clock;
        this.agents = agents;
        database = Database.open(file, vertx);
        fleet = () -> fleet(agents.grants);
        AuditLog audit = AuditLog.open(database, bus);
        var _ = bus.subscribe(
                Audits.RECORDED,
                written -> written.entries()
                        .forEach(entry -> audited.add(entry.actor() + " " + entry.action() + " " + entry.resource()
                                + " " + entry.decision())));
        var _ = bus.subscribe(Workflows.HAPPENED, fact -> happened.addAll(fact.events()));
        await(vertx.deployVerticle(new BudgetVerticle(bus, database, new Ledger(clock), audit, clock)));
        Map<AgentId, Limits> limits = new HashMap<>();
        fleet.get().agents().keySet().forEach(agent -> limits.put(agent, Limits.NONE));
        await(bus.ask(Budget.CONFIGURE, new Budget.Configure(limits, Limits.NONE)));
        await(vertx.deployVerticle(
                new MessagingVerticle(bus, database, () -> fleet.get().policy(), clock, InboxLimits.DEFAULTS)));
        await(vertx.deployVerticle(
                new BlackboardVerticle(bus, database, () -> fleet.get().policy(), clock, BoardLimits.DEFAULTS)));
        await(vertx.deployVerticle(new TaskVerticle(bus, database, fleet, audit, _ -> "inbound", clock, TASKS)));
        deployment = await(vertx.deployVerticle(
                new WorkflowVerticle(bus, database, disk.apply(database), fleet, audit, clock, SETTINGS)));
        var known = fleet.get().agents().keySet();
        await(bus.ask(Messaging.CONFIGURE, new Messaging.Configure(known)));
        await(bus.ask(Blackboard.CONFIGURE, new Blackboard.Configure(known)));
        agents.join(this, known);
    }

    private static Fleet fleet(Map<String, Grants> grants) {
        Map<AgentId, Agent> agents = new HashMap<>();
        Map<AgentId, Grants> entries = new HashMap<>();
        grants.forEach((name, entry) -> {
            AgentId id = new AgentId(name);
            entries.put(id, entry);
            agents.put(
                    id,
                    new Agent(
                            id,
                            "test",
                            "sim/small",
                            List.of(),
                            RuntimeKind.EXTERNAL,
                            Agent.Program.OWN,
                            Limits.NONE,
                            null,
                            "",
                            null));
        });
        return new Fleet(
                1,
                agents,
                Policy.of(1, entries, null, Map.of()),
                Catalogue.of(List.of(), List.of()),
                Vault.of(Map.of()),
                TokenTable.of(Map.of()),
                Map.of(),
                Limits.NONE,
                Map.of());
    }

    @CanIgnoreReturnValue
    RunRig configure(String... definitions) throws Exception {
        await(bus.ask(Workflows.CONFIGURE, new Workflows.Configure(List.of(definitions))));
        return this;
    }

    /// Stops as SIGTERM does and starts again; no definition is known yet.
    RunRig restart() throws Exception {
        await(vertx.undeploy(deployment));
        close();
        return new RunRig(file, clock, agents);
    }

    /// Goes on from what is in the files now, which is what a kill leaves.
    RunRig crash() throws Exception {
        // what is taken behind the copy is not in it, as nothing is taken behind a kill
        agents.leave();
        Path copy = file.resolveSibling(file.getFileName() + "x");
        copy("", copy);
        copy("-wal", copy);
        close();
        return new RunRig(copy, clock, agents);
    }

    private void copy(String suffix, Path target) throws IOException {
        Path from = file.resolveSibling(file.getFileName() + suffix);
        if (Files.exists(from)) {
            Files.copy(from, target.resolveSibling(target.getFileName() + suffix));
        }
    }

    void close() throws Exception {
        agents.leave();
        database.close();
        await(vertx.close());
    }

    Workflows.RunOutcome run(String workflow, String input) throws Exception {
        return await(bus.ask(Workflows.RUN, new Workflows.Run(workflow, input, "operator")));
    }

    /// The id of a run that must be started.
    String started(String workflow, String input) throws Exception {
        return switch (run(workflow, input)) {
            case Workflows.Started(String id) -> id;
            case Workflows.RunOutcome other -> throw new AssertionError(other);
        };
    }

    Workflows.RunView view(String run) throws Exception {
        Workflows.RunView view =
                await(bus.ask(Workflows.READ, new Workflows.Read(run))).run();
        if (view == null) {
            throw new AssertionError("no run " + run);
        }
        return view;
    }

    Workflows.StepView step(String run, String step) throws Exception {
        return view(run).steps().stream()
                .filter(one -> one.id().equals(step))
                .findFirst()
                .orElseThrow();
    }

    Workflows.RunView ended(String run) throws Exception {
        until(() -> view(run).finishedAtMillis() > 0);
        return view(run);
    }

    Workflows.Change cancel(String run) throws Exception {
        return await(bus.ask(Workflows.CANCEL, new Workflows.Cancel(run, "operator")));
    }

    Workflows.Change decide(String run, String step, boolean approved, @Nullable String digest) throws Exception {
        return await(
                bus.ask(Workflows.DECIDE, new Workflows.Decide(run, step, approved, "looks fine", digest, "operator")));
    }

    List<Workflows.RunEvent> events(String run, long after) throws Exception {
        return await(bus.ask(Workflows.EVENTS, new Workflows.ReadEvents(run, after)))
                .events();
    }

    Messaging.Published publish(String source, String topic, String payload) throws Exception {
        return await(bus.ask(Messaging.PUBLISH, new Messaging.Publish(source, topic, payload)));
    }

    Blackboard.Outcome put(String author, String key, String value) throws Exception {
        return await(bus.ask(Blackboard.PUT, new Blackboard.Put(author, key, value, 0, null)));
    }

    /// The value of an entry; null where there is none.
    @Nullable
    String board(String key) throws Exception {
        return await(bus.ask(Blackboard.GET, new Blackboard.Get(key)))
                        instanceof Blackboard.Present(Blackboard.Entry entry)
                ? entry.value()
                : null;
    }

    List<Inbox.Item> items(String agent) throws Exception {
        return switch (await(bus.ask(Inbox.FETCH, new Inbox.Fetch(new AgentId(agent), 0, 200, 0, "test")))) {
            case Inbox.Items(List<Inbox.Item> items, long _) -> items;
            case Inbox.Fetched other -> throw new AssertionError(other);
        };
    }

    /// A question that may fail.
    @FunctionalInterface
    interface Condition {
        boolean holds() throws Exception;
    }

    static void until(Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come to this");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    @CanIgnoreReturnValue
    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
