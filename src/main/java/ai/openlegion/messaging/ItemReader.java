package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Reads back what is stored: at a start everything but what items say, later what they say.
final class ItemReader {

    /// Rows of one query at a start: what is read of them at a time fits into memory many times over.
    private static final int PAGE = 5000;

    /// Queries under way. After a restart a thousand readers come back at once, each behind by what it missed; they
    /// wait here for their turn, and do not crowd others out of the read connections' own queue.
    private static final int MOST_QUERIES = 8;

    private final Supplier<Pool> reads;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int running;

    /// @param reads the read connections; asked for at each query, on the caller's context
    ItemReader(Supplier<Pool> reads) {
        this.reads = reads;
    }

    /// What is stored beside the items. Nothing may be written to these tables until [#loadRows] is done, too.
    Future<Stored> load() {
        Map<AgentId, Mark> marks = new HashMap<>();
        Map<AgentId, Set<String>> topics = new HashMap<>();
        Map<AgentId, Messaging.Registration> registrations = new HashMap<>();
        return query("SELECT agent, acked, last, pushed, kept FROM inbox_mark")
                .map(found -> {
                    found.forEach(row -> marks.put(agent(row), mark(row)));
                    return found;
                })
                .compose(_ -> query("SELECT agent, topic FROM topic_subscription ORDER BY topic, agent"))
                .map(found -> {
                    found.forEach(row -> topics.computeIfAbsent(agent(row), _ -> new HashSet<>())
                            .add(row.getString(1)));
                    return found;
                })
                .compose(_ -> query("SELECT agent, capabilities, port, registered_ms FROM agent_registration"))
                .map(found -> {
                    found.forEach(row -> registrations.put(agent(row), registration(row)));
                    return new Stored(marks, topics, registrations);
                });
    }

    /// Hands over every stored item, in the order in which they were accepted; answers with how many.
    Future<Long> loadRows(Consumer<Stored.Row> taker) {
        // each name once, not once an item
        Map<String, AgentId> names = new HashMap<>();
        return loadRows(0, 0, row -> taker.accept(row(row, names)));
    }

    /// What the items in these rows say. A row that is no longer there is left out.
    Future<Map<Long, Content>> contents(List<Long> rows) {
        // numbers of our own, as many as one answer has: as parameters they would need a statement for each count
        String wanted = rows.stream().map(String::valueOf).collect(Collectors.joining(","));
        return query("SELECT id, time_ms, kind, item, sender, type, topic, reply_to, priority, payload"
                        + " FROM inbox_item WHERE id IN (" + wanted + ")")
                .map(found -> {
                    Map<Long, Content> contents = new HashMap<>();
                    found.forEach(row -> contents.put(row.getLong(0), content(row)));
                    return contents;
                });
    }

    private Future<Long> loadRows(long before, long after, Consumer<Row> taker) {
        return reads.get()
                .preparedQuery("SELECT id, expires_ms, sender, type, bytes, recipients FROM inbox_item"
                        + " WHERE id > ? ORDER BY id LIMIT " + PAGE)
                .execute(Tuple.of(after))
                .compose(found -> {
                    long last = after;
                    for (Row row : found) {
                        taker.accept(row);
                        last = row.getLong(0);
                    }
                    long count = before + found.size();
                    return found.size() < PAGE ? Future.succeededFuture(count) : loadRows(count, last, taker);
                });
    }

    private Future<RowSet<Row>> query(String sql) {
        Promise<RowSet<Row>> answer = Promise.promise();
        waiting.add(() -> reads.get().query(sql).execute().onComplete(result -> {
            running--;
            startWaiting();
            answer.handle(result);
        }));
        startWaiting();
        return answer.future();
    }

    private void startWaiting() {
        while (running < MOST_QUERIES && !waiting.isEmpty()) {
            running++;
            waiting.removeFirst().run();
        }
    }

    private static AgentId agent(Row row) {
        return new AgentId(row.getString(0));
    }

    private static Mark mark(Row row) {
        String kept = row.getString(4);
        Set<Long> places = new HashSet<>();
        if (!kept.isEmpty()) {
            for (String place : kept.split(" ", -1)) {
                places.add(Long.valueOf(place));
            }
        }
        return new Mark(row.getLong(1), row.getLong(2), row.getLong(3), places);
    }

    private static Messaging.Registration registration(Row row) {
        List<String> capabilities = new ArrayList<>();
        new JsonArray(row.getString(1)).forEach(capability -> capabilities.add(String.valueOf(capability)));
        return new Messaging.Registration(capabilities, row.getInteger(2), row.getLong(3));
    }

    private static Stored.Row row(Row row, Map<String, AgentId> names) {
        return new Stored.Row(
                row.getLong(0),
                row.getLong(1),
                row.getInteger(4),
                Content.isReminder(row.getString(2), row.getString(3)),
                NewItem.recipients(row.getString(5), name -> names.computeIfAbsent(name, AgentId::new)));
    }

    private static Content content(Row row) {
        return new Content(
                Messaging.Kind.valueOf(row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(9),
                row.getString(7),
                row.getString(8),
                row.getLong(1));
    }
}
