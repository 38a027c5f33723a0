package ai.openlegion.workflow.run;

import ai.openlegion.json.PlainJson;
import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.Step;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a run must come to, told without events: each step's course is computed from those it depends on as if nothing
/// ever stopped the run; then whatever lies behind the first stop is struck out.
final class Reference {

    private static final long NEVER = Long.MAX_VALUE;

    private final World world;
    private final Map<String, Step> steps = new HashMap<>();
    private final Map<String, Course> courses = new HashMap<>();

    /// A step as it would go. Times are from the run's begin.
    ///
    /// @param attemptAt when each attempt begins
    /// @param touchedAt when anything is known of it; [#NEVER] = it does not begin
    private record Course(
            String status,
            long endAt,
            long touchedAt,
            boolean fails,
            @Nullable String seen,
            List<Long> attemptAt) {}

    /// A series of attempts.
    private record Series(String status, long endAt, String seen, List<Long> attemptAt) {}

    Reference(World world) {
        this.world = world;
        world.workflow.steps().forEach(step -> steps.put(step.id(), step));
    }

    /// The final status of the run, then `step status dispatches` of each step.
    List<String> end() {
        long stopAt = Math.min(world.cancelAfterMillis, world.workflow.timeoutSeconds() * 1000L);
        long lastAt = 0;
        String stop = stopAt == world.cancelAfterMillis ? "cancelled" : "failed";
        for (Step step : world.workflow.steps()) {
            Course course = course(step.id());
            lastAt = Math.max(lastAt, course.endAt());
            if (course.fails() && course.endAt() < stopAt) {
                stopAt = course.endAt();
                stop = "failed";
            }
        }
        boolean isStopped = lastAt > stopAt
                || world.workflow.steps().stream().anyMatch(s -> course(s.id()).fails());
        if (!isStopped) {
            stopAt = NEVER;
        }
        List<String> end = new ArrayList<>();
        end.add(isStopped ? stop : "complete");
        for (Step step : world.workflow.steps()) {
            Course course = course(step.id());
            String status = course.endAt() <= stopAt && course.endAt() != NEVER
                    ? course.status()
                    : course.touchedAt() < stopAt ? "cancelled" : "skipped";
            long until = stopAt;
            long dispatches =
                    course.attemptAt().stream().filter(at -> at < until).count();
            end.add(step.id() + " " + status + " " + dispatches);
        }
        return end;
    }

    /// What is seen of each step of a run that nothing stops.
    @Nullable
    String seen(String step) {
        return course(step).seen();
    }

    private Course course(String id) {
        Course known = courses.get(id);
        if (known == null) {
            known = compute(steps.get(id));
            courses.put(id, known);
        }
        return known;
    }

    private Course compute(@Nullable Step step) {
        if (step == null) {
            throw new AssertionError("no such step");
        }
        long readyAt = 0;
        for (String dependency : step.dependsOn()) {
            Course on = course(dependency);
            if (on.fails() || on.endAt() == NEVER) {
                return new Course("skipped", NEVER, NEVER, false, null, List.of());
            }
            readyAt = Math.max(readyAt, on.endAt());
        }
        if (step.condition() != null && !holds(step.condition().text())) {
            return new Course("skipped", readyAt, readyAt, false, skipped("condition_not_met"), List.of());
        }
        boolean forgives = step.onFailure() == OnFailure.SKIP;
        long beginAt = readyAt;
        if (step.requiresApproval()) {
            long saidAt = world.millis("decision", step, 0, 0);
            if (world.decision(step) == 1 || saidAt >= 3_600_000) {
                String seen = forgives ? skipped("approval_expired") : null;
                return new Course("timeout", readyAt + 3_600_000, readyAt, !forgives, seen, List.of());
            }
            if (world.decision(step) == 0) {
                String seen = forgives ? skipped("rejected") : null;
                return new Course("failed", readyAt + saidAt, readyAt, !forgives, seen, List.of());
            }
            beginAt += saidAt;
        }
        return step.forEach() == null ? single(step, readyAt, beginAt) : fanOut(step, readyAt, beginAt);
    }

    private Course single(Step step, long readyAt, long beginAt) {
        boolean forgives = step.onFailure() == OnFailure.SKIP;
        Series series = series(step, -1, beginAt);
        boolean isDone = series.status().equals("complete");
        String seen = isDone ? series.seen() : forgives ? skipped("step_failed") : null;
        long touchedAt = step.requiresApproval()
                ? readyAt
                : series.attemptAt().isEmpty()
                        ? series.endAt()
                        : series.attemptAt().getFirst();
        return new Course(series.status(), series.endAt(), touchedAt, !isDone && !forgives, seen, series.attemptAt());
    }

    private Course fanOut(Step step, long readyAt, long beginAt) {
        String list = String.valueOf(
                course(step.forEach() == null ? "" : step.forEach().list().step())
                        .seen());
        int items = PlainJson.readObject(list).get("list") instanceof List<?> found ? found.size() : -1;
        long[] freeAt = new long[step.forEach() == null ? 0 : step.forEach().maxParallel()];
        java.util.Arrays.fill(freeAt, beginAt);
        List<Long> attemptAt = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        long endAt = beginAt;
        long failedAt = NEVER;
        String failure = "";
        for (int item = 0; item < items; item++) {
            int lane = 0;
            for (int each = 1; each < freeAt.length; each++) {
                lane = freeAt[each] < freeAt[lane] ? each : lane;
            }
            Series series = series(step, item, freeAt[lane]);
            freeAt[lane] = series.endAt();
            attemptAt.addAll(series.attemptAt());
            endAt = Math.max(endAt, series.endAt());
            boolean isDone = series.status().equals("complete");
            seen.add(isDone ? series.seen() : skipped("step_failed"));
            if (!isDone && step.onFailure() != OnFailure.SKIP && series.endAt() < failedAt) {
                failedAt = series.endAt();
                failure = series.status();
            }
        }
        return failedAt == NEVER
                ? new Course("complete", endAt, readyAt, false, "[" + String.join(",", seen) + "]", attemptAt)
                : new Course(failure, failedAt, readyAt, true, null, attemptAt);
    }

    private Series series(Step step, int item, long beginAt) {
        List<Long> begun = new ArrayList<>();
        long at = beginAt;
        int attempts = 0;
        boolean isFallback = false;
        for (int retries = 0; ; ) {
            boolean isUnprepared = world.isUnprepared(step, item, attempts + 1);
            String status = "failed";
            if (isUnprepared) {
                at += world.millis("unprepared", step, item, attempts + 1);
            } else {
                attempts++;
                begun.add(at);
                at += world.millis("task", step, item, attempts);
                status = world.outcome(step, item, attempts);
                if (status.equals("complete")) {
                    return new Series(status, at, world.result(step, item, attempts), begun);
                }
            }
            if (!isUnprepared && step.onFailure() == OnFailure.RETRY && retries < step.maxRetries()) {
                at += 1_000L << retries++;
            } else if (step.onFailure() == OnFailure.FALLBACK && !isFallback) {
                isFallback = true;
            } else {
                return new Series(status, at, "", begun);
            }
        }
    }

    /* The conditions of a world are of three forms. */
    private boolean holds(String condition) {
        boolean isNegated = condition.startsWith("not (");
        String text = isNegated ? condition.substring(5) : condition;
        Object result = PlainJson.read(
                String.valueOf(course(text.substring(0, text.indexOf('.'))).seen()));
        Object v = result instanceof Map<?, ?> map ? map.get("v") : null;
        if (text.endsWith("== null")) {
            return v == null;
        }
        boolean isPositive = v instanceof BigDecimal number && number.signum() > 0;
        return isPositive != isNegated;
    }

    private static String skipped(String reason) {
        return "{\"skipped\":true,\"reason\":\"" + reason + "\"}";
    }
}
