package ai.openlegion.audit;

import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Reads the audit page by page beside the writer: the query on a read connection, the decoding on a worker thread.
public final class AuditPages {

    // A page is what is decoded at one go, and so what a reader has in memory beside what it sends on.
    private static final int PAGE_ROWS = 64;
    private static final long PAGE_BYTES = 1 << 20;

    private static final String LAST = "SELECT MAX(last_seq) FROM audit_group";
    private static final String SIZES = """
            SELECT first_seq, LENGTH(data) FROM audit_group
            WHERE first_seq >= COALESCE((SELECT MAX(first_seq) FROM audit_group WHERE first_seq <= ?), 0)
            ORDER BY first_seq LIMIT\s""" + (PAGE_ROWS + 1);
    private static final String ROWS = """
            SELECT first_seq, data FROM audit_group WHERE first_seq BETWEEN ? AND ? ORDER BY first_seq""";

    private final Vertx vertx;
    private final Database database;

    public AuditPages(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.database = database;
    }

    /// How far a reader got.
    ///
    /// @param nextSeq the number of the first entry that was not handed over
    /// @param atEnd whether there was none of that number, or a later one, when the page was read
    public record Place(long nextSeq, boolean atEnd) {}

    /// The number of the last durable entry; 0 = there is none.
    public Future<Long> last() {
        return database.reads().query(LAST).execute().map(rows -> {
            Long last = rows.iterator().next().getLong(0);
            return last == null ? 0L : last;
        });
    }

    /// Hands entries to a taker, on a worker thread and in order, from this number on until the taker returns false
    /// (the entry it was given counts as taken) or a page has been read; the answer comes on the caller's context.
    ///
    /// Fails with an [IllegalArgumentException] where stored bytes are not entries.
    public Future<Place> read(long fromSeq, Predicate<Recorded> taker) {
        return database.reads().preparedQuery(SIZES).execute(Tuple.of(fromSeq)).compose(sizes -> {
            List<Long> firsts = new ArrayList<>();
            long bytes = 0;
            for (Row row : sizes) {
                if (firsts.size() < PAGE_ROWS && (firsts.isEmpty() || bytes < PAGE_BYTES)) {
                    firsts.add(row.getLong(0));
                    bytes += row.getLong(1);
                }
            }
            if (firsts.isEmpty()) {
                return Future.succeededFuture(new Place(fromSeq, true));
            }
            boolean whole = firsts.size() == sizes.size();
            return database.reads()
                    .preparedQuery(ROWS)
                    .execute(Tuple.of(firsts.getFirst(), firsts.getLast()))
                    .compose(rows -> vertx.executeBlocking(() -> hand(fromSeq, groups(rows), whole, taker), false));
        });
    }

    private record Group(long firstSeq, byte[] data) {}

    private static List<Group> groups(RowSet<Row> rows) {
        List<Group> groups = new ArrayList<>();
        for (Row row : rows) {
            Buffer data = row.getBuffer(1);
            groups.add(new Group(row.getLong(0), data.getBytes()));
        }
        return groups;
    }

    private static Place hand(long fromSeq, List<Group> groups, boolean whole, Predicate<Recorded> taker) {
        long next = fromSeq;
        for (Group group : groups) {
            GroupDecoder decoder = new GroupDecoder(group.data());
            for (long seq = group.firstSeq(); decoder.hasNext(); seq++) {
                AuditEntry entry = decoder.next();
                if (seq >= fromSeq) {
                    next = seq + 1;
                    if (!taker.test(new Recorded(seq, entry))) {
                        return new Place(next, false);
                    }
                }
            }
        }
        return new Place(next, whole);
    }
}
