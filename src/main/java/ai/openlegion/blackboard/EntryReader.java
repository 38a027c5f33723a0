package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Entry;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Reads entries beside the writer, from what is committed when the query runs.
final class EntryReader {

    private static final String ENTRY =
            "SELECT key, value, written_by, workflow_id, created_ms, updated_ms, ttl_s, version FROM board_entry";
    private static final String LIVE = " AND value IS NOT NULL AND (expires_ms IS NULL OR expires_ms > ?)";
    private static final String ONE = ENTRY + " WHERE key = ? AND value IS NOT NULL";
    private static final String RANGE =
            "SELECT key, bytes FROM board_entry WHERE key >= ? AND key < ?" + LIVE + " ORDER BY key LIMIT ?";
    private static final String OVERDUE =
            "SELECT COUNT(*) + (SELECT COUNT(*) > ? FROM board_entry WHERE value IS NULL) FROM board_entry"
                    + " WHERE expires_ms <= ?";

    private final Pool reads;

    EntryReader(Pool reads) {
        this.reads = reads;
    }

    /// The entry of a key, also when it is over.
    Future<Optional<Entry>> entry(String key) {
        return reads.preparedQuery(ONE).execute(Tuple.of(key)).map(rows -> {
            for (Row row : rows) {
                return Optional.of(entry(row));
            }
            return Optional.empty();
        });
    }

    /// The first keys of a range, at most `max`, in order, without their values.
    Future<List<KeySize>> keys(KeyRange range, long nowMillis, int max) {
        return reads.preparedQuery(RANGE)
                .execute(Tuple.of(range.from(), range.to(), nowMillis, max))
                .map(rows -> {
                    List<KeySize> keys = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        keys.add(new KeySize(row.getString(0), row.getLong(1)));
                    }
                    return keys;
                });
    }

    /// The entries of these keys, in order; without those that are gone since the keys were read.
    Future<List<Entry>> entries(List<String> keys, long nowMillis) {
        String places = String.join(",", Collections.nCopies(keys.size(), "?"));
        Tuple values = Tuple.tuple();
        keys.forEach(values::addString);
        return reads.preparedQuery(ENTRY + " WHERE key IN (" + places + ")" + LIVE + " ORDER BY key")
                .execute(values.addLong(nowMillis))
                .map(rows -> {
                    List<Entry> entries = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        entries.add(entry(row));
                    }
                    return entries;
                });
    }

    /// Whether there is something to clear away: an entry that is over, or more than so many removed keys.
    Future<Boolean> anythingOver(long nowMillis, int removedKept) {
        return reads.preparedQuery(OVERDUE)
                .execute(Tuple.of(removedKept, nowMillis))
                .map(rows -> rows.iterator().next().getLong(0) > 0);
    }

    private static Entry entry(Row row) {
        return new Entry(
                row.getString(0),
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7));
    }

    /// A key and the bytes that it and its value take.
    record KeySize(String key, long bytes) {}
}
