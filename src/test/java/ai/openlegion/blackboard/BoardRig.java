package ai.openlegion.blackboard;

import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Policy;
import ai.openlegion.blackboard.Blackboard.Claim;
import ai.openlegion.blackboard.Blackboard.Delete;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.Blackboard.Get;
import ai.openlegion.blackboard.Blackboard.ListEntries;
import ai.openlegion.blackboard.Blackboard.Lookup;
import ai.openlegion.blackboard.Blackboard.Outcome;
import ai.openlegion.blackboard.Blackboard.Page;
import ai.openlegion.blackboard.Blackboard.Put;
import ai.openlegion.blackboard.Blackboard.Stored;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.store.StoreSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A blackboard over a database on disk, asked on the bus.
final class BoardRig {

    static final AgentId ANN = new AgentId("ann");
    static final AgentId BOB = new AgentId("bob");
    static final AgentId EVE = new AgentId("eve");

    private static final StoreSettings QUICK =
            new StoreSettings(Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofMillis(100), 4096, 2, 256);

    final MovableClock clock = new MovableClock();
    final InboxProbe inbox = new InboxProbe();

    private final Path file;
    private final BoardLimits limits;
    private final int removedKept;
    private final Map<AgentId, Grants> grants = new HashMap<>();
    private volatile Policy policy = Policy.of(1, Map.of(), null, Map.of());
    private Vertx vertx = Vertx.vertx();
    private Bus bus = new Bus(vertx);
    private Database database;
    private BlackboardVerticle verticle;

    BoardRig(Path folder) throws Exception {
        this(folder, BoardLimits.DEFAULTS, 10_000);
    }

    BoardRig(Path folder, BoardLimits limits, int removedKept) throws Exception {
        file = folder.resolve("openlegion.db");
        this.limits = limits;
        this.removedKept = removedKept;
        may(ANN, "*");
        may(BOB, "*");
        start();
    }

    /// Ends everything and begins anew over the same file.
    void restart() throws Exception {
        stop();
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
        start();
    }

    private void start() throws Exception {
        inbox.serve(bus);
        database = Database.open(file, vertx, QUICK);
        verticle = new BlackboardVerticle(bus, database, () -> policy, clock, limits, removedKept);
        String _ = await(vertx.deployVerticle(verticle));
    }

    void stop() throws Exception {
        database.close();
        await(vertx.close());
    }

    /// What an agent may read from now on.
    void may(AgentId agent, String... globs) {
        grants.put(agent, reads(globs));
        policy = Policy.of(policy.revision() + 1, Map.copyOf(grants), null, Map.of());
    }

    /// Grants to read and nothing else.
    static Grants reads(String... globs) {
        return new Grants(
                List.of(),
                List.of(),
                List.of(),
                List.of(globs),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                false);
    }

    Bus bus() {
        return bus;
    }

    <Q extends Wire, R extends Wire> R ask(Endpoint<Q, R> endpoint, Q question) throws Exception {
        return await(bus.ask(endpoint, question));
    }

    Outcome put(AgentId author, String key, String value, long ttlSeconds) throws Exception {
        return ask(Blackboard.PUT, new Put(author.value(), key, value, ttlSeconds, null));
    }

    /// Writes and expects that it is written.
    Entry put(AgentId author, String key, String value) throws Exception {
        return stored(put(author, key, value, 0));
    }

    Outcome claim(AgentId author, String key, String value, long expected) throws Exception {
        return ask(Blackboard.CLAIM, new Claim(author.value(), key, value, expected, 0));
    }

    Outcome delete(AgentId author, String key) throws Exception {
        return ask(Blackboard.DELETE, new Delete(author.value(), key));
    }

    Lookup get(String key) throws Exception {
        return ask(Blackboard.GET, new Get(key));
    }

    Page list(@Nullable AgentId reader, String prefix, @Nullable String after, int limit) throws Exception {
        return (Page) ask(Blackboard.LIST, new ListEntries(reader, prefix, after, limit));
    }

    /// Every key that a reader is shown, page by page.
    List<String> keys(@Nullable AgentId reader, String prefix, int pageSize) throws Exception {
        List<String> keys = new ArrayList<>();
        Page page = list(reader, prefix, null, pageSize);
        while (!page.entries().isEmpty()) {
            page.entries().forEach(entry -> keys.add(entry.key()));
            page = list(reader, prefix, keys.getLast(), pageSize);
        }
        return keys;
    }

    boolean matches(AgentId reader, String pattern) throws Exception {
        return ((Blackboard.Matches) ask(Blackboard.MATCH, new Blackboard.Match(reader, pattern))).any();
    }

    /// Clears away what nobody sees any more, as happens from time to time.
    void clean() throws Exception {
        boolean _ = await(verticle.clean());
    }

    /// The first number of a query.
    long number(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : -1;
        }
    }

    /// Another process's connection to the database.
    Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    static Entry stored(Outcome outcome) {
        if (outcome instanceof Stored(Entry entry)) {
            return entry;
        }
        throw new AssertionError("not stored: " + outcome);
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    static void until(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never: " + what);
            }
            Thread.onSpinWait();
        }
    }
}
