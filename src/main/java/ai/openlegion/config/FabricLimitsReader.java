package ai.openlegion.config;

import ai.openlegion.blackboard.BoardLimits;
import ai.openlegion.fabric.RateLimits;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.schedule.ScheduleLimits;
import java.util.HashMap;
import java.util.Map;

/// The reading of what `limits:` and `rate_limits:` say about the fabric.
final class FabricLimitsReader {

    private static final int MOST_PER_MINUTE = 10_000_000;
    private static final long MEBIBYTE = 1L << 20;
    private static final long MOST_BYTES = 1L << 40;

    private FabricLimitsReader() {}

    static BoardLimits board(Tree limits) {
        BoardLimits shipped = BoardLimits.DEFAULTS;
        return new BoardLimits(
                limits.integer("board_entries", shipped.entries(), 1, 10_000_000),
                limits.integer("board_agent_entries", shipped.agentEntries(), 1, 10_000_000),
                limits.integer("board_agent_bytes", shipped.agentBytes(), 1_024, MOST_BYTES),
                limits.integer("board_watches", shipped.watches(), 1, 10_000),
                limits.integer("board_cached_bytes", shipped.cachedBytes(), MEBIBYTE, MOST_BYTES));
    }

    static InboxLimits inbox(Tree limits) {
        InboxLimits shipped = InboxLimits.DEFAULTS;
        return new InboxLimits(
                limits.integer("inbox_items", shipped.items(), 1, 1_000_000),
                limits.integer("inbox_bytes", shipped.bytes(), 1_024, MOST_BYTES),
                limits.integer("inbox_days", shipped.days(), 1, 3_650),
                limits.integer("inbox_subscriptions", shipped.subscriptions(), 1, 100_000),
                limits.integer("inbox_readers", shipped.readers(), 1, 10_000),
                limits.integer("inbox_cached_bytes", shipped.cachedBytes(), MEBIBYTE, MOST_BYTES));
    }

    static ScheduleLimits schedule(Tree limits) {
        ScheduleLimits shipped = ScheduleLimits.DEFAULTS;
        return new ScheduleLimits(
                limits.integer("cron_jobs", shipped.jobs(), 1, 10_000),
                limits.integer("cron_grace_seconds", shipped.graceSeconds(), 2, 86_400),
                limits.integer("probe_seconds", shipped.probeSeconds(), 1, 60));
    }

    static RateLimits rates(Tree tree) {
        int perMinute = tree.integer("per_minute", RateLimits.DEFAULTS.perMinute(), 1, MOST_PER_MINUTE);
        Tree operations = tree.section("operations");
        Map<String, Integer> named = new HashMap<>();
        for (String operation : RateLimits.OPERATIONS) {
            int unnamed = RateLimits.unnamed(operation, perMinute);
            int limit = operations.integer(operation, unnamed, 1, MOST_PER_MINUTE);
            if (operations.has(operation) || unnamed != perMinute) {
                named.put(operation, limit);
            }
        }
        operations.end();
        tree.end();
        return new RateLimits(perMinute, named);
    }
}
