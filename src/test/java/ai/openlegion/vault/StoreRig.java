package ai.openlegion.vault;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// A credential store on a real database and key file in a folder.
final class StoreRig implements AutoCloseable {

    static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z"));

    final Path folder;
    final Database database;
    final MasterKeys keys;
    final CredentialStore store;

    private final Vertx vertx = Vertx.vertx();
    private volatile Vault vault;
    private volatile boolean isToldOnLoop;

    StoreRig(Path folder, Map<String, String> environment) {
        this(folder, environment, Vault.of(Map.of()));
    }

    StoreRig(Path folder, Map<String, String> environment, Vault given) {
        this.folder = folder;
        vault = given;
        database = Database.open(folder.resolve("openlegion.db"), vertx);
        keys = MasterKeys.open(environment, folder.resolve("vault.key"));
        store = new CredentialStore(vertx, database, keys, CLOCK, () -> vault, stored -> {
            isToldOnLoop |= Context.isOnEventLoopThread();
            vault = vault.withStored(stored);
        });
    }

    /// Whether what is stored was ever told on an event loop.
    boolean isToldOnLoop() {
        return isToldOnLoop;
    }

    Vault vault() {
        return vault;
    }

    CredentialStore.Opened open() throws TimeoutException {
        return await(store.open());
    }

    CredentialStore.Outcome set(String name, String value) throws TimeoutException {
        return await(store.set(name, Secret.of(value)));
    }

    CredentialStore.Outcome store(String agent, String name, String value) throws TimeoutException {
        return await(store.store(new AgentId(agent), name, Secret.of(value)));
    }

    /// What somebody does to the database while nobody has it open.
    static void tamper(Path folder, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("openlegion.db"));
                Statement statement = connection.createStatement()) {
            int changed = statement.executeUpdate(sql);
            if (changed == 0) {
                throw new AssertionError("nothing changed by " + sql);
            }
        }
    }

    /// The folder as a crash now would leave it.
    static Path crashed(Path folder, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                // the shared memory of the journal is made anew after a crash
                if (!file.toString().endsWith("-shm")) {
                    Files.copy(file, to.resolve(file.getFileName().toString()));
                }
            }
        }
        return to;
    }

    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws TimeoutException {
        database.close();
        var _ = vertx.close().await(30, TimeUnit.SECONDS);
    }
}
