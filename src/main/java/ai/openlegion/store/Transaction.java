package ai.openlegion.store;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// One unit of work on the writer's connection: it happens whole or not at all.
///
/// It runs on the writer thread inside a group's transaction: it neither commits, rolls back nor closes, and is short.
@FunctionalInterface
public interface Transaction<T extends @Nullable Object> {

    /// Does the work and answers with its result; anything thrown undoes this unit and no other.
    T run(Connection connection) throws SQLException;
}
