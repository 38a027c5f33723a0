package ai.openlegion.store;

import ai.openlegion.store.StoreException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.sqlite.SQLiteConfig;

/// A database as it stood at one moment, to be read only, whether or not a mesh is writing to it meanwhile.
///
/// For one thread. As long as it is open the database's journal cannot be folded back, so it should not be for long.
public final class Snapshot implements AutoCloseable {

    private final Path file;
    private final Connection connection;

    private Snapshot(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
    }

    /// Opens the file of a database of exactly this program's schema. Throws a [StoreException] that says why it cannot
    /// be read.
    ///
    /// @param busyTimeout how long another process may hold it locked
    public static Snapshot open(Path file, Duration busyTimeout) {
        if (!Files.isRegularFile(file)) {
            throw new StoreException(Reason.IO_ERROR, "there is no database at " + file);
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
        try {
            Connection connection = config.createConnection("jdbc:sqlite:" + file);
            Snapshot snapshot = new Snapshot(file, connection);
            try {
                connection.setAutoCommit(false);
                snapshot.demandSchema();
                return snapshot;
            } catch (SQLException | StoreException failure) {
                snapshot.close();
                throw failure;
            }
        } catch (SQLException failure) {
            throw explain(file, failure);
        }
    }

    /// For queries; all see the same moment.
    public Connection connection() {
        return connection;
    }

    /// A failure of a query as the sentence that tells an operator of it.
    public StoreException explain(SQLException failure) {
        return explain(file, failure);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException leftOpen) {
            throw explain(leftOpen);
        }
    }

    /* The first read, too: from here on nothing that is committed is seen. */
    private void demandSchema() throws SQLException {
        int known = Migrations.shipped().newest();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT value FROM meta WHERE name = 'schema_version'")) {
            String found = row.next() ? String.valueOf(row.getString(1)) : "";
            if (!found.equals(Integer.toString(known))) {
                throw new StoreException(
                        Reason.NEWER_SCHEMA,
                        "%s is of another version of OpenLegion: its schema is \"%s\", this program reads %d. Start the mesh once with this program, or use that other one."
                                .formatted(file, found, known));
            }
        }
    }

    private static StoreException explain(Path file, SQLException failure) {
        Reason reason = SqliteFile.reason(failure);
        String why = switch (reason) {
            case LOCKED -> "another process holds it locked; try again";
            case CORRUPT -> "it is damaged, or no database";
            case READ_ONLY, IO_ERROR -> "it cannot be read: check owner, mode and disk, also of its folder";
            case DISK_FULL, REJECTED, QUEUE_FULL, UNAVAILABLE, CLOSED, NEWER_SCHEMA ->
                "it does not hold what this program reads";
        };
        return new StoreException(reason, "database " + file + ": " + why + " (" + failure.getMessage() + ")", failure);
    }
}
