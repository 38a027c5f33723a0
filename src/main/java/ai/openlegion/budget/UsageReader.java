package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/// Reads what was used, summed by model, agent, day or task.
final class UsageReader {

    private UsageReader() {}

    static Future<Budget.UsageReport> read(Pool reads, Budget.Usage question) {
        AgentId agent = question.agent();
        long day = Utc.dayOf(question.sinceMillis());
        String where = agent == null ? "day >= ?" : "day >= ? AND agent = ?";
        Tuple values = agent == null ? Tuple.of(day) : Tuple.of(day, agent.value());
        return reads.preparedQuery(sql(question.groupBy(), where))
                .execute(values)
                .map(rows -> {
                    List<Budget.UsageRow> report = new ArrayList<>();
                    for (Row row : rows) {
                        report.add(row(question.groupBy(), row));
                    }
                    return new Budget.UsageReport(report);
                });
    }

    private static String sql(Budget.GroupBy groupBy, String where) {
        String column = switch (groupBy) {
            case MODEL -> "model";
            case AGENT -> "agent";
            case DAY -> "day";
            case TASK -> "task";
        };
        return "SELECT " + column + ", SUM(calls), SUM(input_tokens), SUM(output_tokens), SUM(cached_tokens),"
                + " SUM(spent), SUM(unreconciled) FROM " + (groupBy == Budget.GroupBy.TASK ? "usage_task" : "usage_day")
                + " WHERE " + where
                + " GROUP BY " + column + " ORDER BY " + column;
    }

    private static Budget.UsageRow row(Budget.GroupBy groupBy, Row row) {
        String group = groupBy == Budget.GroupBy.DAY ? Utc.text(row.getLong(0)) : row.getString(0);
        return new Budget.UsageRow(
                group, row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6));
    }
}
