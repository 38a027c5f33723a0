package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.PlainJson;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A transition as JSON text, as the store has it. Members that say nothing are left out.
public final class TransitionJson {

    private TransitionJson() {}

    /// The text of a transition, on one line.
    public static String write(Transition transition) {
        return switch (transition) {
            case Transition.Begun t ->
                new Text("begun")
                        .put("workflow", t.workflow())
                        .put("input", t.input())
                        .put("by", t.by())
                        .put("rerun_of", t.rerunOf())
                        .end();
            case Transition.TakenOver t ->
                new Text("taken_over")
                        .put("step", t.step())
                        .put("status", t.status().word())
                        .put("reason", t.reason())
                        .put("result", t.result())
                        .end();
            case Transition.Waiting t ->
                new Text("waiting")
                        .put("step", t.step())
                        .put("request", t.request())
                        .put("digest", t.digest())
                        .put("expires_at", t.expiresAtMillis())
                        .end();
            case Transition.Decided t ->
                new Text("decided")
                        .put("step", t.step())
                        .put("approved", t.approved())
                        .put("by", t.by())
                        .put("comment", t.comment())
                        .end();
            case Transition.FannedOut t ->
                new Text("fanned_out")
                        .put("step", t.step())
                        .put("items", t.items())
                        .end();
            case Transition.AttemptBegun t ->
                new Text("attempt_begun")
                        .put("step", t.step())
                        .put("item", t.item())
                        .put("attempt", t.attempt())
                        .put("task", t.taskId())
                        .put("agent", t.agent().value())
                        .put("fallback", t.fallback())
                        .end();
            case Transition.AttemptEnded t ->
                new Text("attempt_ended")
                        .put("task", t.taskId())
                        .put("status", t.status())
                        .put("result", t.result())
                        .put("error", t.error())
                        .put("refusals", t.refusals())
                        .put("tokens", t.tokens())
                        .put("pico", t.pico())
                        .end();
            case Transition.Unprepared t ->
                new Text("unprepared")
                        .put("step", t.step())
                        .put("item", t.item())
                        .put("why", t.why())
                        .end();
            case Transition.RetryPlanned t ->
                new Text("retry_planned")
                        .put("step", t.step())
                        .put("item", t.item())
                        .put("attempt", t.attempt())
                        .put("due_at", t.dueAtMillis())
                        .end();
            case Transition.Skipped t ->
                new Text("skipped")
                        .put("step", t.step())
                        .put("reason", t.reason())
                        .end();
            case Transition.StepEnded t ->
                new Text("step_ended")
                        .put("step", t.step())
                        .put("status", t.status().word())
                        .put("reason", t.reason())
                        .put("error", t.error())
                        .end();
            case Transition.Stopping t ->
                new Text("stopping")
                        .put("outcome", t.outcome().word())
                        .put("why", t.why())
                        .end();
            case Transition.Announced _ -> new Text("announced").end();
            case Transition.Ended t ->
                new Text("ended")
                        .put("status", t.status().word())
                        .put("why", t.why())
                        .end();
        };
    }

    /// The transition that a text of [#write] stands for.
    ///
    /// @throws IllegalArgumentException when it is no such text
    public static Transition read(String text) {
        var from = new Members(PlainJson.readObject(text));
        String kind = from.text("t");
        return switch (kind) {
            case "begun" ->
                new Transition.Begun(
                        from.text("workflow"), from.text("input"), from.text("by"), from.optional("rerun_of"));
            case "taken_over" ->
                new Transition.TakenOver(
                        from.text("step"), from.status(), from.optional("reason"), from.optional("result"));
            case "waiting" ->
                new Transition.Waiting(
                        from.text("step"), from.text("request"), from.text("digest"), from.number("expires_at"));
            case "decided" ->
                new Transition.Decided(
                        from.text("step"), from.truth("approved"), from.text("by"), from.text("comment"));
            case "fanned_out" -> new Transition.FannedOut(from.text("step"), from.whole("items"));
            case "attempt_begun" ->
                new Transition.AttemptBegun(
                        from.text("step"),
                        from.whole("item"),
                        from.whole("attempt"),
                        from.text("task"),
                        new AgentId(from.text("agent")),
                        from.truth("fallback"));
            case "attempt_ended" ->
                new Transition.AttemptEnded(
                        from.text("task"),
                        from.text("status"),
                        from.optional("result"),
                        from.optional("error"),
                        from.text("refusals"),
                        from.number("tokens"),
                        from.number("pico"));
            case "unprepared" -> new Transition.Unprepared(from.text("step"), from.whole("item"), from.text("why"));
            case "retry_planned" ->
                new Transition.RetryPlanned(
                        from.text("step"), from.whole("item"), from.whole("attempt"), from.number("due_at"));
            case "skipped" -> new Transition.Skipped(from.text("step"), from.text("reason"));
            case "step_ended" ->
                new Transition.StepEnded(
                        from.text("step"), from.status(), from.optional("reason"), from.optional("error"));
            case "stopping" -> new Transition.Stopping(RunStatus.parse(from.text("outcome")), from.text("why"));
            case "announced" -> new Transition.Announced();
            case "ended" -> new Transition.Ended(RunStatus.parse(from.text("status")), from.text("why"));
            default -> throw new IllegalArgumentException("no transition: " + kind); // open: any text
        };
    }

    /// A transition that is being written.
    private static final class Text {
        private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

        Text(String kind) {
            members.put("t", kind);
        }

        Text put(String name, @Nullable Object value) {
            if (value != null) {
                members.put(name, value);
            }
            return this;
        }

        String end() {
            return PlainJson.write(members);
        }
    }

    /// A transition that is being read.
    private record Members(Map<String, @Nullable Object> all) {

        @Nullable
        String optional(String name) {
            return all.get(name) instanceof String text ? text : null;
        }

        String text(String name) {
            if (all.get(name) instanceof String text) {
                return text;
            }
            throw new IllegalArgumentException("a transition without " + name);
        }

        long number(String name) {
            if (all.get(name) instanceof BigDecimal number) {
                return number.longValue();
            }
            throw new IllegalArgumentException("a transition without " + name);
        }

        int whole(String name) {
            return Math.toIntExact(number(name));
        }

        boolean truth(String name) {
            return Boolean.TRUE.equals(all.get(name));
        }

        StepStatus status() {
            return StepStatus.parse(text("status"));
        }
    }
}
