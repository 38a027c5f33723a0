package ai.openlegion.budget;

import ai.openlegion.store.GroupMember;
import java.sql.Connection;
import java.sql.SQLException;

/// The ledger's part in every commit of the database.
final class LedgerFlush implements GroupMember {

    private final Ledger ledger;
    private final Runnable afterCommit;
    private final LedgerTable table = new LedgerTable();

    /// @param afterCommit called on the writer thread when something of the ledger became durable
    LedgerFlush(Ledger ledger, Runnable afterCommit) {
        this.ledger = ledger;
        this.afterCommit = afterCommit;
    }

    @Override
    public boolean pending() {
        return ledger.pending();
    }

    @Override
    public void write(Connection connection) throws SQLException {
        FlushBatch batch = ledger.drain();
        if (batch != null) {
            table.store(connection, batch);
        }
    }

    @Override
    public void committed() {
        ledger.committed();
        afterCommit.run();
    }

    @Override
    public void failed() {
        ledger.failed();
    }
}
