package ai.openlegion.workflow;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads runs as they are stored.
final class RunReader {

    private static final int MOST_RUNS = 500;

    /// What a run's tasks used and cost is the ledger's to say, as for one run by itself: also what was settled behind
    /// the end of a task. Where it has no account of the run, what the tasks reported counts.
    private static final String LINES = "SELECT id, workflow, status, error, started_by, started_ms, finished_ms,"
            + " COALESCE(" + charged("input_tokens + u.output_tokens") + ", tokens),"
            + " COALESCE(" + charged("spent") + ", spent), steps_done, steps_total FROM run WHERE 1 = 1";

    private final Supplier<Pool> reads;

    RunReader(Supplier<Pool> reads) {
        this.reads = reads;
    }

    private static String charged(String what) {
        return "(SELECT SUM(u." + what + ") FROM task_account a JOIN usage_task u ON u.task = a.task"
                + " WHERE a.run = run.id)";
    }

    /// One run with all that happened to it; null where there is none.
    Future<@Nullable RunRow> find(String run) {
        return reads.get()
                .preparedQuery("SELECT text, owes FROM run JOIN run_definition ON hash = definition WHERE run.id = ?")
                .execute(Tuple.of(run))
                .compose(found -> {
                    for (Row row : found) {
                        String text = row.getString(0);
                        boolean owes = row.getLong(1) > 0;
                        return all(run).map(events -> new RunRow(run, text, owes, events));
                    }
                    return Future.succeededFuture(null);
                });
    }

    private Future<List<RunRow.Event>> all(String run) {
        return reads.get()
                .preparedQuery("SELECT seq, time_ms, transition FROM run_event WHERE run = ? ORDER BY seq")
                .execute(Tuple.of(run))
                .map(rows -> {
                    List<RunRow.Event> events = new ArrayList<>();
                    for (Row row : rows) {
                        events.add(new RunRow.Event(row.getLong(0), row.getLong(1), row.getString(2), null, null));
                    }
                    return events;
                });
    }

    /// What a run's watchers get, after a number.
    Future<Workflows.EventPage> events(String run, long after) {
        return reads.get()
                .preparedQuery("SELECT seq, name, data FROM run_event"
                        + " WHERE run = ? AND seq > ? AND name IS NOT NULL ORDER BY seq")
                .execute(Tuple.of(run, after))
                .compose(rows -> {
                    List<Workflows.RunEvent> events = new ArrayList<>();
                    for (Row row : rows) {
                        events.add(new Workflows.RunEvent(row.getLong(0), row.getString(1), row.getString(2)));
                    }
                    return events.isEmpty()
                            ? exists(run).map(known -> new Workflows.EventPage(known, List.of()))
                            : Future.succeededFuture(new Workflows.EventPage(true, events));
                });
    }

    private Future<Boolean> exists(String run) {
        return reads.get()
                .preparedQuery("SELECT 1 FROM run WHERE id = ?")
                .execute(Tuple.of(run))
                .map(rows -> rows.size() > 0);
    }

    /// How one run stands.
    Future<Workflows.FoundLine> line(String run) {
        return reads.get()
                .preparedQuery(LINES + " AND id = ?")
                .execute(Tuple.of(run))
                .map(rows -> {
                    for (Row row : rows) {
                        return new Workflows.FoundLine(line(row));
                    }
                    return new Workflows.FoundLine(null);
                });
    }

    /// Runs, newest first.
    Future<Workflows.RunPage> list(Workflows.ListRuns ask) {
        int limit = Math.max(1, Math.min(ask.limit(), MOST_RUNS));
        StringBuilder sql = new StringBuilder(LINES);
        Tuple wanted = Tuple.tuple();
        String workflow = ask.workflow();
        if (workflow != null) {
            sql.append(" AND workflow = ?");
            wanted.addString(workflow);
        }
        String status = ask.status();
        if (status != null) {
            sql.append(" AND status = ?");
            wanted.addString(status);
        }
        String before = ask.before();
        if (before != null) {
            sql.append(" AND number < (SELECT number FROM run WHERE id = ?)");
            wanted.addString(before);
        }
        wanted.addInteger(limit + 1);
        return reads.get()
                .preparedQuery(sql.append(" ORDER BY number DESC LIMIT ?").toString())
                .execute(wanted)
                .map(rows -> {
                    List<Workflows.RunLine> runs = new ArrayList<>();
                    for (Row row : rows) {
                        if (runs.size() < limit) {
                            runs.add(line(row));
                        }
                    }
                    return new Workflows.RunPage(runs, rows.size() > limit);
                });
    }

    private static Workflows.RunLine line(Row row) {
        return new Workflows.RunLine(
                row.getString(0),
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                Math.toIntExact(row.getLong(9)),
                Math.toIntExact(row.getLong(10)));
    }
}
