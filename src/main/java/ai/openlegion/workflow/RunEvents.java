package ai.openlegion.workflow;

import static java.util.Objects.requireNonNull;

import ai.openlegion.budget.Usd;
import ai.openlegion.json.Members;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.RunStep;
import ai.openlegion.workflow.run.StepStatus;
import ai.openlegion.workflow.run.Stored;
import ai.openlegion.workflow.run.Transition;
import ai.openlegion.workflow.run.TransitionJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a run's watchers get of its transitions: one line of JSON each, or nothing.
final class RunEvents {

    private RunEvents() {}

    /// What is stored of a transition.
    ///
    /// @param run as it stands after it
    static RunRow.Event of(Run run, Stored stored) {
        Line line = line(run, stored.transition());
        return new RunRow.Event(
                stored.seq(),
                stored.atMillis(),
                TransitionJson.write(stored.transition()),
                line == null ? null : line.name,
                line == null ? null : line.text(run, stored));
    }

    private static @Nullable Line line(Run run, Transition transition) {
        return switch (transition) {
            case Transition.Begun(String workflow, String _, String by, String rerunOf) ->
                new Line("run.started", null)
                        .add("status", run.status().word())
                        .add("by", by)
                        .optional("rerun_of", rerunOf)
                        .add("steps_total", run.workflow().steps().size());
            case Transition.TakenOver(String step, StepStatus status, String reason, String _) ->
                new Line(status == StepStatus.SKIPPED ? "step.skipped" : "step.finished", step)
                        .add("status", status.word())
                        .optional("reason", reason)
                        .raw("taken_over", "true");
            case Transition.Waiting(String step, String request, String digest, long expires) ->
                new Line("step.waiting_approval", step)
                        .add("status", StepStatus.WAITING_APPROVAL.word())
                        .add("digest", digest)
                        .add("expires_at", Instant.ofEpochMilli(expires).toString())
                        .raw("request", request);
            case Transition.FannedOut(String step, int items) ->
                new Line("step.started", step)
                        .add("status", StepStatus.RUNNING.word())
                        .add("items", items);
            case Transition.AttemptBegun begun ->
                begun.item() >= 0
                        ? null
                        : new Line("step.started", begun.step())
                                .add("status", StepStatus.RUNNING.word())
                                .add("agent", begun.agent().value())
                                .add("attempt", begun.attempt())
                                .add("task_id", begun.taskId());
            case Transition.RetryPlanned(String step, int item, int attempt, long due) -> {
                Line line = new Line("step.retrying", step)
                        .add("status", StepStatus.RETRYING.word())
                        .add("attempt", attempt)
                        .add("due_at", Instant.ofEpochMilli(due).toString())
                        .optional("error", step(run, step).error());
                yield item < 0 ? line : line.add("item", item);
            }
            case Transition.Skipped(String step, String reason) ->
                new Line("step.skipped", step)
                        .add("status", StepStatus.SKIPPED.word())
                        .add("reason", reason);
            case Transition.StepEnded(String step, StepStatus status, String reason, String error) ->
                ended(step(run, step), status, reason, error);
            case Transition.Ended(var status, String why) ->
                new Line("run.finished", null)
                        .add("status", status.word())
                        .optional("error", why.isEmpty() ? null : why);
            case Transition.AttemptEnded _, Transition.Unprepared _, Transition.Decided _ -> null;
            case Transition.Stopping _, Transition.Announced _ -> null;
        };
    }

    private static Line ended(RunStep step, StepStatus status, @Nullable String reason, @Nullable String error) {
        Line line = new Line("step.finished", step.id())
                .add("status", status.word())
                .optional("reason", reason)
                .optional("error", error)
                .optional("agent", step.agent() == null ? null : step.agent().value())
                .add("attempts", step.attempts())
                .add(
                        "duration_ms",
                        step.startedAtMillis() == 0 ? 0 : Math.max(0, step.finishedAtMillis() - step.startedAtMillis()))
                .add("step_tokens", step.tokens())
                .raw("step_cost_usd", Usd.decimal(step.pico()));
        if (step.items() >= 0) {
            var _ = line.add("items", step.items());
        }
        return line.optional("refused_promotions", step.refusals().isEmpty() ? null : step.refusals());
    }

    private static RunStep step(Run run, String id) {
        return requireNonNull(run.step(id));
    }

    /// A line that is being written.
    private static final class Line {

        private final String name;
        private final @Nullable String step;
        private final StringBuilder rest = new StringBuilder();

        Line(String name, @Nullable String step) {
            this.name = name;
            this.step = step;
        }

        Line add(String member, String value) {
            return raw(member, Members.quoted(value));
        }

        Line add(String member, long value) {
            return raw(member, Long.toString(value));
        }

        Line optional(String member, @Nullable String value) {
            return value == null ? this : add(member, value);
        }

        Line raw(String member, String json) {
            rest.append(",\"").append(member).append("\":").append(json);
            return this;
        }

        String text(Run run, Stored stored) {
            return "{\"seq\":" + stored.seq() + ",\"time\":\"" + Instant.ofEpochMilli(stored.atMillis()) + "\",\"run\":"
                    + Members.quoted(run.id()) + ",\"workflow\":"
                    + Members.quoted(run.workflow().name())
                    + (step == null ? "" : ",\"step\":" + Members.quoted(step)) + rest + ",\"tokens\":" + run.tokens()
                    + ",\"cost_usd\":" + Usd.decimal(run.pico()) + '}';
        }
    }
}
