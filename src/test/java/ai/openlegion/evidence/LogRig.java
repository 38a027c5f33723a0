package ai.openlegion.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.AuditSettings;
import ai.openlegion.audit.CheckpointVerticle;
import ai.openlegion.bus.Bus;
import ai.openlegion.cli.Cli;
import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.config.Problems;
import ai.openlegion.store.Database;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/// A home with a log that is written and signed by the mesh's own parts, with the clock in the test's hand.
final class LogRig implements AutoCloseable {

    final Path home;
    final Path database;
    final Path checkpoints;
    final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-22T12:00:00Z"));
    final InstantSource clock = now::get;
    private final Vertx vertx = Vertx.vertx();
    private int days;
    private long serial;

    LogRig(Path home) {
        this.home = home;
        database = home.resolve("data/openlegion.db");
        checkpoints = home.resolve("data/checkpoints");
    }

    @CanIgnoreReturnValue
    LogRig keeping(int auditDays) {
        days = auditDays;
        return this;
    }

    MeshSettings settings() {
        return Configuration.settings(new Home(home), new Problems()).orElseThrow();
    }

    Evidence evidence() {
        return Evidence.of(settings());
    }

    Verdict verify() throws EvidenceException {
        return evidence().verify(null, null);
    }

    /// A mesh's life, as far as its log goes.
    final class Session implements AutoCloseable {
        final Database store;
        final AuditLog log;
        private final String verticle;

        private Session() throws Exception {
            store = Database.open(database, vertx);
            log = AuditLog.open(store, new Bus(vertx));
            AuditSettings audit = settings().audit();
            AuditSettings kept = new AuditSettings(audit.keyFile(), audit.checkpoints(), days);
            try {
                verticle = await(vertx.deployVerticle(new CheckpointVerticle(store, log, kept, clock)));
            } catch (Exception refused) {
                store.close();
                throw refused;
            }
        }

        /// Records entries as one row.
        @CanIgnoreReturnValue
        Session record(int entries) throws Exception {
            await(store.write(_ -> {
                for (int i = 0; i < entries; i++) {
                    assertThat(log.offer(entry())).isTrue();
                }
                return true;
            }));
            return this;
        }

        @Override
        public void close() {
            finished(vertx.undeploy(verticle));
            store.close();
        }
    }

    Session open() throws Exception {
        return new Session();
    }

    /// Some lives, each of which records rows of these sizes; each ends signed.
    @CanIgnoreReturnValue
    LogRig lives(int[]... lives) throws Exception {
        for (int[] rows : lives) {
            try (Session session = open()) {
                for (int entries : rows) {
                    session.record(entries);
                }
            }
            pass(Duration.ofSeconds(90));
        }
        return this;
    }

    void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    AuditEntry entry() {
        long i = serial++;
        return new AuditEntry(
                now.get().toEpochMilli(),
                i % 2 == 0 ? "researcher" : "writer",
                "use model",
                "sim/small \"é\n" + i,
                "allowed",
                "permissions.researcher.allowed_apis[\"llm\"]",
                7,
                "req_" + i,
                "",
                12_300_000 + i);
    }

    /// Writes an unsigned log with the mesh's own parts into another file, as somebody without the key can.
    Path forged(Path start, int... rows) throws Exception {
        Path forgery = home.resolveSibling("forgery-" + System.nanoTime() + ".db");
        if (Files.exists(start)) {
            Files.copy(start, forgery);
        }
        try (Database store = Database.open(forgery, vertx)) {
            AuditLog log = AuditLog.open(store, new Bus(vertx));
            for (int entries : rows) {
                await(store.write(_ -> {
                    for (int i = 0; i < entries; i++) {
                        assertThat(log.offer(entry())).isTrue();
                    }
                    return true;
                }));
            }
        }
        return forgery;
    }

    /// Puts the chain of another file in the place of the home's own.
    void replaceChain(Path forgery) throws SQLException {
        attack(
                "ATTACH '" + forgery + "' AS forgery",
                "DELETE FROM main.audit_group",
                "INSERT INTO main.audit_group SELECT * FROM forgery.audit_group",
                "UPDATE main.meta SET value = (SELECT value FROM forgery.meta WHERE name = 'audit_tail')"
                        + " WHERE name = 'audit_tail'");
    }

    void attack(String... statements) throws SQLException {
        attack(database, statements);
    }

    static void attack(Path database, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    String ask(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    List<Path> files() {
        try (Stream<Path> found = Files.list(checkpoints)) {
            return found.sorted().toList();
        } catch (IOException none) {
            throw new UncheckedIOException(none);
        }
    }

    /// What the mesh remembers of what it signed last.
    Path memory() {
        return home.resolve("data/audit.last");
    }

    void removeFiles() throws IOException {
        for (Path file : files()) {
            Files.delete(file);
        }
    }

    /// Puts everything back after an attack.
    Backup backup() throws IOException {
        return new Backup();
    }

    final class Backup {
        private final Path copy;

        private Backup() throws IOException {
            copy = home.resolveSibling("backup-" + System.nanoTime());
            copy(home.resolve("data"), copy);
        }

        void restore() throws IOException {
            delete(home.resolve("data"));
            copy(copy, home.resolve("data"));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> deepest = new ArrayList<>(all.toList());
            for (Path each : deepest.reversed()) {
                Files.delete(each);
            }
        }
    }

    /// What a command printed and returned.
    record Ended(int code, String out, String err) {
        JsonObject json() {
            return new JsonObject(out);
        }

        String kind() {
            return json().getJsonObject("finding").getString("kind");
        }

        long from() {
            return json().getJsonObject("finding").getLong("from");
        }
    }

    /// Runs a command on this home.
    Ended run(String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--home");
        all.add(home.toString());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(
                all.toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @CanIgnoreReturnValue
    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static void finished(Future<?> future) {
        try {
            var _ = await(future);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    @Override
    public void close() {
        finished(vertx.close());
    }
}
