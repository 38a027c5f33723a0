package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A run under a hand-moved clock, with all that an engine does for it but agents: those are played by the test.
final class Rig {

    static final String ID = "wf_0123456789ab";

    final Workflow workflow;
    Run run;
    long nowMillis = 1_000_000;
    final List<Stored> stored = new ArrayList<>();

    Rig(Workflow workflow) {
        this.workflow = workflow;
        run = Run.of(ID, workflow);
    }

    static Rig started(Workflow workflow) {
        return new Rig(workflow).start("{}");
    }

    @CanIgnoreReturnValue
    Rig start(String input) {
        return store(run.begin(input, "operator", null));
    }

    @CanIgnoreReturnValue
    Rig startAgain(Taken taken) {
        return store(run.begin("{}", "operator", taken));
    }

    /// Stores what was answered and all that follows, and grants every wish but those that need an agent's answer.
    @CanIgnoreReturnValue
    Rig store(List<Transition> first) {
        append(run.settle(first, nowMillis));
        grant();
        return this;
    }

    void append(List<Transition> all) {
        for (Transition each : all) {
            var next = new Stored(stored.size() + 1, nowMillis, each);
            stored.add(next);
            run.apply(next);
        }
    }

    private void grant() {
        boolean isMore = true;
        while (isMore) {
            isMore = false;
            for (Wish wish : run.wishes(nowMillis)) {
                List<Transition> granted = switch (wish) {
                    case Wish.Prepare prepare -> run.prepared(prepare, agent(prepare));
                    case Wish.AskApproval ask -> run.waiting(ask, "{\"of\":\"" + ask.step() + "\"}", "d1", nowMillis);
                    case Wish.Perform _, Wish.Stop _, Wish.Announce _ -> List.of();
                };
                if (!granted.isEmpty()) {
                    append(run.settle(granted, nowMillis));
                    isMore = true;
                }
            }
        }
    }

    private AgentId agent(Wish.Prepare prepare) {
        Step step = workflow.steps().stream()
                .filter(each -> each.id().equals(prepare.step()))
                .findFirst()
                .orElseThrow();
        return Objects.requireNonNull(prepare.fallback() ? step.fallbackAgent() : step.agent());
    }

    /// Moves the clock, waking the run whenever it wished to be, as an engine's timer would.
    @CanIgnoreReturnValue
    Rig after(long millis) {
        long until = nowMillis + millis;
        while (run.wakeAtMillis(nowMillis) <= until) {
            nowMillis = run.wakeAtMillis(nowMillis);
            store(List.of());
        }
        nowMillis = until;
        return store(List.of());
    }

    @CanIgnoreReturnValue
    Rig complete(String task, String result) {
        return end(task, "complete", result, null);
    }

    @CanIgnoreReturnValue
    Rig fail(String task) {
        return end(task, "failed", null, "broken");
    }

    @CanIgnoreReturnValue
    Rig end(String task, String status, @Nullable String result, @Nullable String error) {
        Transition.AttemptBegun attempt = running(task);
        return store(run.ended(new TaskEnd(attempt.taskId(), attempt.agent(), status, result, error, "", 10, 1_000)));
    }

    /// Ends all tasks that are to be stopped as their agents would.
    @CanIgnoreReturnValue
    Rig stopAll() {
        for (Wish wish : run.wishes(nowMillis)) {
            if (wish instanceof Wish.Stop(String taskId, AgentId agent)) {
                store(run.ended(new TaskEnd(taskId, agent, "cancelled", null, null, "", 1, 100)));
            }
        }
        return this;
    }

    private Transition.AttemptBegun running(String task) {
        return stored.stream()
                .map(Stored::transition)
                .filter(Transition.AttemptBegun.class::isInstance)
                .map(Transition.AttemptBegun.class::cast)
                .filter(begun -> begun.taskId().equals(ID + ":" + task))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing was begun as " + task + ", but " + tasks()));
    }

    /// The tasks that agents were given, in order: `a:1`, `b:0:1`.
    List<String> tasks() {
        return stored.stream()
                .map(Stored::transition)
                .filter(Transition.AttemptBegun.class::isInstance)
                .map(each -> ((Transition.AttemptBegun) each).taskId().substring(ID.length() + 1))
                .toList();
    }

    /// The tasks whose agents are to be stopped.
    List<String> stops() {
        return run.wishes(nowMillis).stream()
                .filter(Wish.Stop.class::isInstance)
                .map(wish -> ((Wish.Stop) wish).taskId().substring(ID.length() + 1))
                .toList();
    }

    String status(String step) {
        RunStep found = step(step);
        return found.status().word() + (found.reason() == null ? "" : ": " + found.reason());
    }

    RunStep step(String step) {
        return Objects.requireNonNull(run.step(step));
    }

    String result(String step) {
        return String.valueOf(step(step).result());
    }
}
