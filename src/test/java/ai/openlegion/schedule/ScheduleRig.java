package ai.openlegion.schedule;

import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.blackboard.BlackboardVerticle;
import ai.openlegion.blackboard.BoardLimits;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.messaging.MessagingVerticle;
import ai.openlegion.schedule.Schedule.Job;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.Schedule.Spec;
import ai.openlegion.store.Database;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The schedule beside real inboxes and a real blackboard, on one database on disk and a clock that a test moves.
final class ScheduleRig {

    static final AgentId WRITER = new AgentId("writer");
    static final AgentId READER = new AgentId("reader");
    static final ScheduleLimits LIMITS = new ScheduleLimits(5, 60, 1);

    /// A clock that a test moves by hand.
    static final class HandClock implements InstantSource {
        private volatile Instant now = Instant.parse("2026-11-22T12:00:30Z");

        @Override
        public Instant instant() {
            return now;
        }

        void advance(Duration by) {
            now = now.plus(by);
        }

        void set(String instant) {
            now = Instant.parse(instant);
        }
    }

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx);
    final Database database;
    final AtomicReference<Policy> policy = new AtomicReference<>();

    private final Path file;
    private final HandClock clock;
    private final InboxLimits inboxes;
    private final String deployment;

    ScheduleRig(Path file, HandClock clock) throws Exception {
        this(file, clock, InboxLimits.DEFAULTS);
    }

    ScheduleRig(Path file, HandClock clock, InboxLimits inboxes) throws Exception {
        this.file = file;
        this.clock = clock;
        this.inboxes = inboxes;
        database = Database.open(file, vertx);
        allow(true, List.of("nightly"));
        AuditLog audit = AuditLog.open(database, bus);
        await(vertx.deployVerticle(new MessagingVerticle(bus, database, policy::get, clock, inboxes)));
        await(vertx.deployVerticle(new BlackboardVerticle(bus, database, policy::get, clock, BoardLimits.DEFAULTS)));
        await(bus.ask(Messaging.CONFIGURE, new Messaging.Configure(Set.of(WRITER, READER))));
        await(bus.ask(Blackboard.CONFIGURE, new Blackboard.Configure(Set.of(WRITER, READER))));
        deployment =
                await(vertx.deployVerticle(new ScheduleVerticle(bus, database, policy::get, audit, clock, LIMITS, 5)));
    }

    /// What the writer may do; it may read `tasks/*`.
    void allow(boolean cron, List<String> workflows) {
        Grants grants = new Grants(
                List.of(),
                List.of(),
                List.of(),
                List.of("tasks/*"),
                List.of(),
                List.of(),
                List.of(),
                workflows,
                false,
                cron);
        policy.set(Policy.of(1, Map.of(WRITER, grants), null, Map.of()));
    }

    @CanIgnoreReturnValue
    ScheduleRig configure(Map<String, Spec> fromFile, AgentId... agents) throws Exception {
        await(bus.ask(Schedule.CONFIGURE, new Schedule.Configure(fromFile, Set.of(agents))));
        return this;
    }

    /// Stops as SIGTERM does and starts again; nobody is configured yet.
    ScheduleRig restart() throws Exception {
        await(vertx.undeploy(deployment));
        close();
        return new ScheduleRig(file, clock, inboxes);
    }

    /// Goes on from what is in the files now, which is what a kill leaves.
    ScheduleRig crash() throws Exception {
        Path copy = file.resolveSibling(file.getFileName() + "x");
        copy("", copy);
        copy("-wal", copy);
        close();
        return new ScheduleRig(copy, clock, inboxes);
    }

    private void copy(String suffix, Path target) throws IOException {
        Path from = file.resolveSibling(file.getFileName() + suffix);
        if (Files.exists(from)) {
            Files.copy(from, target.resolveSibling(target.getFileName() + suffix));
        }
    }

    void close() throws Exception {
        database.close();
        await(vertx.close());
    }

    /// A message to an agent.
    static Spec message(String schedule, Misfire misfire, AgentId agent, String text) {
        return new Spec(schedule, "UTC", misfire, agent, null, text, "{}", false, List.of(), true);
    }

    static Spec heartbeat(AgentId agent, Schedule.Probe... probes) {
        return new Spec("* * * * *", "UTC", Misfire.SKIP, agent, null, "look", "{}", true, List.of(probes), true);
    }

    static Spec workflow(String schedule, String name, String input) {
        return new Spec(schedule, "UTC", Misfire.SKIP, null, name, "", input, false, List.of(), true);
    }

    Schedule.Changed add(@Nullable AgentId owner, Spec spec) throws Exception {
        return await(bus.ask(Schedule.ADD, new Schedule.Add(owner, spec)));
    }

    /// A job that must be taken.
    @CanIgnoreReturnValue
    Job added(@Nullable AgentId owner, Spec spec) throws Exception {
        return switch (add(owner, spec)) {
            case Schedule.Done(Job job) -> job;
            case Schedule.Changed other -> throw new AssertionError(other);
        };
    }

    List<Job> jobs(@Nullable AgentId owner) throws Exception {
        return switch (await(bus.ask(Schedule.LIST, new Schedule.ListJobs(owner)))) {
            case Schedule.Jobs(List<Job> jobs) -> jobs;
            case Schedule.Unavailable none -> throw new AssertionError(none);
        };
    }

    Job job(String id) throws Exception {
        return jobs(null).stream()
                .filter(job -> job.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no job " + id));
    }

    /// The job once it has run, or tried to, so often.
    @CanIgnoreReturnValue
    Job afterRuns(String id, long runs) throws Exception {
        until(() -> job(id).runs() >= runs);
        return job(id);
    }

    /// The job once it has failed so often.
    @CanIgnoreReturnValue
    Job afterErrors(String id, long errors) throws Exception {
        until(() -> job(id).errors() >= errors);
        return job(id);
    }

    /// What is in an inbox, once there are so many.
    @CanIgnoreReturnValue
    List<Inbox.Item> inbox(AgentId agent, int count) throws Exception {
        until(() -> items(agent).size() >= count);
        return items(agent);
    }

    List<Inbox.Item> items(AgentId agent) throws Exception {
        return switch (await(bus.ask(Inbox.FETCH, new Inbox.Fetch(agent, 0, 100, 0, "test")))) {
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
