package ai.openlegion.messaging;

import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Policy;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.store.StoreSettings;
import ai.openlegion.store.Transaction;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// Messaging over the bus on a database on disk, whose commits can be made to fail.
final class MessagingRig {

    static final InboxLimits LIMITS = new InboxLimits(20, 10_000, 30, 5, 3, 1 << 20);

    private static final StoreSettings QUICK =
            new StoreSettings(Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofMillis(100), 4096, 2, 256);
    private static final AtomicInteger READERS = new AtomicInteger();

    /// What becomes of the next commit of messages.
    enum NextCommit {
        STORED,
        LOST,
        STORED_BUT_UNTOLD
    }

    /// A clock that a test moves by hand.
    static final class HandClock implements InstantSource {
        private volatile Instant now = Instant.parse("2026-11-15T12:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        void advance(Duration by) {
            now = now.plus(by);
        }
    }

    final Bus bus;
    final Vertx vertx = Vertx.vertx();
    final Database database;
    final AtomicReference<NextCommit> nextCommit = new AtomicReference<>(NextCommit.STORED);
    final AtomicReference<Policy> policy = new AtomicReference<>();

    private final Path file;
    private final HandClock clock;
    private final InboxLimits limits;
    private final Set<AgentId> agents;
    private final String deployment;

    /// Opens what is in the file; every agent may subscribe to everything.
    MessagingRig(Path file, HandClock clock, InboxLimits limits, AgentId... agents) throws Exception {
        this(file, clock, limits, Set.of(agents));
    }

    private MessagingRig(Path file, HandClock clock, InboxLimits limits, Set<AgentId> agents) throws Exception {
        this.file = file;
        this.clock = clock;
        this.limits = limits;
        this.agents = agents;
        bus = new Bus(vertx);
        database = Database.open(file, vertx, QUICK);
        allow(Map.of());
        deployment = await(
                vertx.deployVerticle(new MessagingVerticle(bus, database, this::write, policy::get, clock, limits)));
        configure(agents);
    }

    /// What each agent may subscribe to; others may everything.
    void allow(Map<AgentId, List<String>> topics) {
        policy.set(Policy.of(
                1,
                topics.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> subscriber(entry.getValue()))),
                subscriber(List.of("*")),
                Map.of()));
    }

    /// Stops as SIGTERM does and starts again.
    MessagingRig restart() throws Exception {
        undeploy();
        close();
        return new MessagingRig(file, clock, limits, agents);
    }

    void undeploy() throws Exception {
        await(vertx.undeploy(deployment));
    }

    /// Goes on from what is in the files now, which is what a kill leaves.
    MessagingRig crash() throws Exception {
        Path copy = file.resolveSibling(file.getFileName() + "x");
        copy("", copy);
        copy("-wal", copy);
        close();
        return new MessagingRig(copy, clock, limits, agents);
    }

    @CanIgnoreReturnValue
    <Q extends Wire, R extends Wire> R ask(Endpoint<Q, R> endpoint, Q question) throws Exception {
        return await(bus.ask(endpoint, question));
    }

    void configure(Set<AgentId> now) throws Exception {
        ask(Messaging.CONFIGURE, new Messaging.Configure(now));
    }

    @CanIgnoreReturnValue
    Messaging.Sent send(AgentId to, String payload) throws Exception {
        return send(to, payload, 0);
    }

    @CanIgnoreReturnValue
    Messaging.Sent send(AgentId to, String payload, long ttlSeconds) throws Exception {
        return ask(Messaging.SEND, message(to, payload, ttlSeconds));
    }

    static Messaging.Send message(AgentId to, String payload, long ttlSeconds) {
        return new Messaging.Send(
                Messaging.Kind.MESSAGE, "tester", to, null, "note", payload, null, "normal", ttlSeconds);
    }

    @CanIgnoreReturnValue
    Messaging.Published publish(String topic, String payload) throws Exception {
        return ask(Messaging.PUBLISH, new Messaging.Publish("tester", topic, payload));
    }

    @CanIgnoreReturnValue
    Messaging.Subscribed subscribe(AgentId agent, String topic) throws Exception {
        return ask(Messaging.SUBSCRIBE, new Messaging.Subscribe(agent, topic));
    }

    @CanIgnoreReturnValue
    Inbox.Acked ack(AgentId agent, long upTo) throws Exception {
        return ask(Inbox.ACK, new Inbox.Ack(agent, upTo));
    }

    Future<Inbox.Fetched> fetch(AgentId agent, long after, int limit, long waitMillis) {
        return bus.ask(Inbox.FETCH, new Inbox.Fetch(agent, after, limit, waitMillis, newReader()));
    }

    static String newReader() {
        return "r" + READERS.incrementAndGet();
    }

    /// All that can be read now.
    List<Inbox.Item> items(AgentId agent) throws Exception {
        return items(await(fetch(agent, -1, 1000, 0)));
    }

    static List<Inbox.Item> items(Inbox.Fetched fetched) {
        if (fetched instanceof Inbox.Items(List<Inbox.Item> items, long _)) {
            return items;
        }
        throw new AssertionError("not items but " + fetched);
    }

    List<String> payloads(AgentId agent) throws Exception {
        return items(agent).stream().map(Inbox.Item::payload).toList();
    }

    Inbox.State state(AgentId agent) throws Exception {
        if (ask(Inbox.READ, new Inbox.Read(agent)) instanceof Inbox.State state) {
            return state;
        }
        throw new AssertionError("no state of " + agent);
    }

    /// How many rows of items are stored.
    long rows() throws Exception {
        return count("SELECT COUNT(*) FROM inbox_item");
    }

    long count(String sql) throws Exception {
        return await(database.reads().query(sql).execute()).iterator().next().getLong(0);
    }

    /// Does something until it succeeds: what a caller does that is told to come again.
    void eventually(Attempt attempt) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!attempt.succeeds()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it never succeeded");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @FunctionalInterface
    interface Attempt {
        boolean succeeds() throws Exception;
    }

    void close() throws Exception {
        database.close();
        await(vertx.close());
    }

    @CanIgnoreReturnValue
    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
    }

    private Future<Boolean> write(Transaction<Boolean> work) {
        Future<Boolean> untold = Future.failedFuture("nobody can tell");
        return switch (nextCommit.getAndSet(NextCommit.STORED)) {
            case STORED -> database.write(work);
            case LOST -> database.write(_ -> true).compose(_ -> untold);
            case STORED_BUT_UNTOLD -> database.write(work).compose(_ -> untold);
        };
    }

    private void copy(String suffix, Path target) throws IOException {
        Path source = file.resolveSibling(file.getFileName() + suffix);
        if (Files.exists(source)) {
            var _ = Files.copy(source, target.resolveSibling(target.getFileName() + suffix));
        }
    }

    private static Grants subscriber(List<String> topics) {
        return new Grants(
                List.of(), List.of(), topics, List.of(), List.of(), List.of(), List.of(), List.of(), false, false);
    }
}
