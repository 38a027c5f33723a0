package ai.openlegion.store;

import java.sql.Connection;
import java.sql.SQLException;

/// A standing part of every commit: whatever it has gathered is written in the group's transaction.
///
/// [#pending] may be asked at any time; the other three are called by the writer thread only. Each `write` is followed
/// by one
/// `committed` or one `failed`; `failed` also comes without a `write` when a group could not even begin.
public interface GroupMember {

    /// Whether there is anything to write.
    boolean pending();

    /// Writes what is pending. It neither commits, rolls back nor closes. Whatever it throws undoes its own writes
    /// only.
    void write(Connection connection) throws SQLException;

    /// What the last `write` wrote is durable.
    void committed();

    /// Nothing pending is durable for sure. What the last `write` wrote may still have become so: the next `write` must
    /// find out before it writes the same again.
    void failed();
}
