package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Prepared;
import ai.openlegion.store.Transaction;
import io.vertx.core.json.JsonArray;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The SQL that writes items, marks, subscriptions and registrations.
final class ItemTable {

    private final Prepared insert = new Prepared("""
            INSERT INTO inbox_item (id, time_ms, expires_ms, kind, item, sender, type, topic, reply_to, priority, bytes,
            recipients, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
    private final Prepared deleteRows = new Prepared("DELETE FROM inbox_item WHERE id BETWEEN ? AND ?");
    private final Prepared mark = new Prepared("""
            INSERT INTO inbox_mark (agent, acked, last, pushed, kept) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (agent) DO UPDATE SET acked = excluded.acked, last = excluded.last, pushed = excluded.pushed,
            kept = excluded.kept""");
    private final Prepared subscribe = new Prepared(
            "INSERT INTO topic_subscription (topic, agent) VALUES (?, ?) ON CONFLICT (topic, agent) DO NOTHING");
    private final Prepared unsubscribe = new Prepared("DELETE FROM topic_subscription WHERE topic = ? AND agent = ?");
    private final Prepared register = new Prepared("""
            INSERT INTO agent_registration (agent, capabilities, port, registered_ms) VALUES (?, ?, ?, ?)
            ON CONFLICT (agent) DO UPDATE SET capabilities = excluded.capabilities, port = excluded.port,
            registered_ms = excluded.registered_ms""");
    private final Prepared forgetTopics = new Prepared("DELETE FROM topic_subscription WHERE agent = ?");
    private final Prepared forgetRegistration = new Prepared("DELETE FROM agent_registration WHERE agent = ?");

    /// Stores a batch; answers when it is durable.
    Transaction<Boolean> store(Batch batch) {
        return connection -> {
            write(connection, batch);
            return true;
        };
    }

    /// Changes nothing; when it is durable, what became of every earlier commit is settled.
    static Transaction<Boolean> nothing() {
        return _ -> true;
    }

    private void write(Connection connection, Batch batch) throws SQLException {
        for (AgentId agent : batch.removedAgents()) {
            update(forgetTopics.on(connection), agent.value());
            update(forgetRegistration.on(connection), agent.value());
        }
        for (Batch.SubscriptionChange change : batch.subscriptions()) {
            Prepared statement = change.begins() ? subscribe : unsubscribe;
            update(statement.on(connection), change.topic(), change.agent().value());
        }
        for (Map.Entry<AgentId, Messaging.Registration> entry :
                batch.registrations().entrySet()) {
            write(connection, entry.getKey(), entry.getValue());
        }
        for (NewItem item : batch.items()) {
            write(connection, item);
        }
        deleteRows(connection, batch.deletedRows());
        for (Map.Entry<AgentId, Mark> entry : batch.drawnMarks().entrySet()) {
            write(connection, entry.getKey(), entry.getValue());
        }
    }

    private void write(Connection connection, NewItem item) throws SQLException {
        Content content = item.content();
        PreparedStatement statement = insert.on(connection);
        statement.setLong(1, item.entry().row);
        statement.setLong(2, content.timeMillis());
        statement.setLong(3, item.entry().expiresMillis);
        statement.setString(4, content.kind().name());
        statement.setString(5, content.id());
        statement.setString(6, content.from());
        statement.setString(7, content.type());
        statement.setString(8, content.topic());
        statement.setString(9, content.replyTo());
        statement.setString(10, content.priority());
        statement.setLong(11, item.entry().bytes);
        statement.setString(12, item.recipientsText());
        statement.setString(13, content.payload());
        int _ = statement.executeUpdate();
    }

    // Rows go mostly in the order they came: a run of them is one statement.
    private void deleteRows(Connection connection, List<Long> rows) throws SQLException {
        List<Long> sorted = rows.stream().sorted().toList();
        for (int from = 0; from < sorted.size(); ) {
            int to = from;
            while (to + 1 < sorted.size() && sorted.get(to + 1) == sorted.get(to) + 1) {
                to++;
            }
            PreparedStatement statement = deleteRows.on(connection);
            statement.setLong(1, sorted.get(from));
            statement.setLong(2, sorted.get(to));
            int _ = statement.executeUpdate();
            from = to + 1;
        }
    }

    private void write(Connection connection, AgentId agent, Mark value) throws SQLException {
        PreparedStatement statement = mark.on(connection);
        statement.setString(1, agent.value());
        statement.setLong(2, value.acked());
        statement.setLong(3, value.last());
        statement.setLong(4, value.pushed());
        statement.setString(5, value.kept().stream().map(String::valueOf).collect(Collectors.joining(" ")));
        int _ = statement.executeUpdate();
    }

    private void write(Connection connection, AgentId agent, Messaging.Registration registration) throws SQLException {
        PreparedStatement statement = register.on(connection);
        statement.setString(1, agent.value());
        statement.setString(2, new JsonArray(registration.capabilities()).encode());
        statement.setLong(3, registration.port());
        statement.setLong(4, registration.registeredAtMillis());
        int _ = statement.executeUpdate();
    }

    private static void update(PreparedStatement statement, String... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setString(i + 1, values[i]);
        }
        int _ = statement.executeUpdate();
    }
}
