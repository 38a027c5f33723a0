package ai.openlegion.supervisor;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/// The table `agent_start`. For the writer thread only.
final class StartTable {

    private final Prepared select = new Prepared(
            "SELECT agent, start, runtime, token_hash, program_hash, started_ms, spawned FROM agent_start");
    private final Prepared upsert = new Prepared("""
            INSERT INTO agent_start (agent, start, runtime, token_hash, program_hash, started_ms, spawned)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (agent) DO UPDATE SET start = excluded.start, runtime = excluded.runtime, instance = NULL,
              token_hash = excluded.token_hash, program_hash = excluded.program_hash,
              started_ms = excluded.started_ms, spawned = excluded.spawned""");
    private final Prepared instance = new Prepared("UPDATE agent_start SET instance = ? WHERE agent = ? AND start = ?");
    private final Prepared delete = new Prepared("DELETE FROM agent_start WHERE agent = ? AND start = ?");

    /// One start of an agent.
    ///
    /// @param start names it
    /// @param runtime that runs it, by its name
    /// @param token the digest of the one it was minted
    /// @param programHash of all that the start depends on
    /// @param spawned whether another agent spawned it: it does not outlive a mesh, nor does its volume
    record Row(
            AgentId agent,
            String start,
            String runtime,
            TokenDigest token,
            String programHash,
            long startedMillis,
            boolean spawned) {}

    /// The start of each agent.
    Map<AgentId, Row> all(Connection connection) throws SQLException {
        Map<AgentId, Row> starts = new HashMap<>();
        try (ResultSet rows = select.on(connection).executeQuery()) {
            while (rows.next()) {
                AgentId agent = new AgentId(rows.getString(1));
                starts.put(
                        agent,
                        new Row(
                                agent,
                                rows.getString(2),
                                rows.getString(3),
                                TokenDigest.ofHex(rows.getString(4)),
                                rows.getString(5),
                                rows.getLong(6),
                                rows.getInt(7) != 0));
            }
        }
        return starts;
    }

    /// Stores a start, which takes the place of the agent's last one.
    void store(Connection connection, Row row) throws SQLException {
        PreparedStatement statement = upsert.on(connection);
        statement.setString(1, row.agent().value());
        statement.setString(2, row.start());
        statement.setString(3, row.runtime());
        statement.setString(4, row.token().hex());
        statement.setString(5, row.programHash());
        statement.setLong(6, row.startedMillis());
        statement.setInt(7, row.spawned() ? 1 : 0);
        statement.executeUpdate();
    }

    /// Notes what came of a start.
    void name(Connection connection, AgentId agent, String start, String id) throws SQLException {
        PreparedStatement statement = instance.on(connection);
        statement.setString(1, id);
        statement.setString(2, agent.value());
        statement.setString(3, start);
        statement.executeUpdate();
    }

    /// Forgets a start that is over; a later one of the agent stays.
    void delete(Connection connection, AgentId agent, String start) throws SQLException {
        PreparedStatement statement = delete.on(connection);
        statement.setString(1, agent.value());
        statement.setString(2, start);
        statement.executeUpdate();
    }
}
