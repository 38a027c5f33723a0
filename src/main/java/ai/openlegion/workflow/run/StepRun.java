package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.json.PlainJson;
import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.StepFacts;
import ai.openlegion.workflow.run.Item.Phase;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a run's transitions have made of one of its steps.
final class StepRun {

    private static final String CONDITION_NOT_MET = "condition_not_met";

    private final Step step;
    private List<Item> items = new ArrayList<>();
    private final Map<Phase, Integer> phases = new EnumMap<>(Phase.class);
    private boolean isOpen;
    private int attempts;
    private long startedAtMillis;
    private long touchedAtMillis;
    private long tokens;
    private long pico;
    private String refusals = "";
    private Transition.@Nullable Waiting waiting;
    private Transition.@Nullable Decided decided;
    private @Nullable StepStatus end;
    private @Nullable String reason;
    private @Nullable String error;
    private Transition.@Nullable TakenOver taken;
    private long finishedAtMillis;
    private @Nullable StepFacts facts;
    private @Nullable String seen;
    private long resultChars;
    private @Nullable Boolean conditionHolds;

    StepRun(Step step) {
        this.step = step;
        if (step.forEach() == null) {
            open(1);
        }
    }

    /// Another one that changes by itself from here on.
    StepRun copy() {
        var copy = new StepRun(step);
        copy.items = new ArrayList<>(items);
        copy.phases.putAll(phases);
        copy.isOpen = isOpen;
        copy.attempts = attempts;
        copy.startedAtMillis = startedAtMillis;
        copy.touchedAtMillis = touchedAtMillis;
        copy.tokens = tokens;
        copy.pico = pico;
        copy.refusals = refusals;
        copy.waiting = waiting;
        copy.decided = decided;
        copy.end = end;
        copy.reason = reason;
        copy.error = error;
        copy.taken = taken;
        copy.finishedAtMillis = finishedAtMillis;
        copy.facts = facts;
        copy.seen = seen;
        copy.resultChars = resultChars;
        copy.conditionHolds = conditionHolds;
        return copy;
    }

    private void open(int count) {
        isOpen = true;
        for (int at = 0; at < count; at++) {
            items.add(Item.NEW);
        }
        phases.put(Phase.READY, count);
    }

    private void set(int at, Item next) {
        phases.merge(items.get(at).phase(), -1, Integer::sum);
        items.set(at, next);
        phases.merge(next.phase(), 1, Integer::sum);
    }

    Step step() {
        return step;
    }

    boolean isFanOut() {
        return step.forEach() != null;
    }

    /// Whether it is known what its attempts are to be: always, but for a fan-out that has not begun.
    boolean isOpen() {
        return isOpen;
    }

    List<Item> items() {
        return items;
    }

    /// Where an item of that number stands in [#items]; -1 = there is none.
    int place(int item) {
        int at = isFanOut() ? item : item + 1;
        return at >= 0 && at < items.size() ? at : -1;
    }

    /// The number of the item at a place of [#items].
    int number(int place) {
        return isFanOut() ? place : -1;
    }

    int count(Phase phase) {
        return phases.getOrDefault(phase, 0);
    }

    long touchedAtMillis() {
        return touchedAtMillis;
    }

    long finishedAtMillis() {
        return finishedAtMillis;
    }

    int attempts() {
        return attempts;
    }

    Transition.@Nullable Waiting waiting() {
        return waiting;
    }

    Transition.@Nullable Decided decided() {
        return decided;
    }

    /// Whether the operator's word is all that it waits for.
    boolean isWaiting() {
        return end == null && waiting != null && decided == null;
    }

    boolean isApproved() {
        return decided != null && decided.approved();
    }

    private boolean isRejected() {
        return decided != null && !decided.approved();
    }

    boolean isFinal() {
        return end != null;
    }

    @Nullable
    String error() {
        return error;
    }

    @Nullable
    String reason() {
        return reason;
    }

    /// What its condition came to; null = it was not asked yet.
    @Nullable
    Boolean conditionHolds() {
        return conditionHolds;
    }

    void conditionHolds(boolean holds) {
        conditionHolds = holds;
    }

    StepStatus status() {
        if (end != null) {
            return end;
        }
        if (count(Phase.RUNNING) > 0) {
            return StepStatus.RUNNING;
        }
        if (isWaiting()) {
            return StepStatus.WAITING_APPROVAL;
        }
        if (count(Phase.TRIED) + count(Phase.DELAYED) > 0) {
            return StepStatus.RETRYING;
        }
        return attempts > 0 ? StepStatus.RUNNING : StepStatus.PENDING;
    }

    /// Whether what depends on it must not run.
    boolean isBad() {
        return switch (status()) {
            case FAILED, TIMEOUT, CANCELLED -> step.onFailure() != OnFailure.SKIP || cutOff();
            case SKIPPED -> !CONDITION_NOT_MET.equals(reason);
            case PENDING, RUNNING, RETRYING, WAITING_APPROVAL, COMPLETE -> false;
        };
    }

    /// Whether it was ended because the run was, not by its own failure.
    private boolean cutOff() {
        return reason != null && reason.startsWith("run_");
    }

    /// Whether it has failed for good in a way that fails the run, be it over or not.
    boolean failsRun() {
        if (step.onFailure() == OnFailure.SKIP) {
            return false;
        }
        return end == null ? firstFailure() != null || isRejected() : isBad() && end != StepStatus.SKIPPED;
    }

    /// The first item that was given up; null = none.
    @Nullable
    Item firstFailure() {
        return count(Phase.OVER) == 0
                ? null
                : items.stream().filter(Item::hasFailed).findFirst().orElse(null);
    }

    void fannedOut(int count, long atMillis) {
        touchedAtMillis = atMillis;
        open(count);
    }

    void waits(Transition.Waiting request, long atMillis) {
        touchedAtMillis = atMillis;
        waiting = request;
        decided = null;
    }

    void decided(Transition.Decided decision, long atMillis) {
        touchedAtMillis = atMillis;
        decided = decision;
    }

    void begun(int place, Transition.AttemptBegun begun, long atMillis) {
        touchedAtMillis = atMillis;
        startedAtMillis = startedAtMillis == 0 ? atMillis : startedAtMillis;
        attempts++;
        set(place, items.get(place).begun(begun, atMillis));
    }

    void ended(int place, Transition.AttemptEnded ended, boolean stopping, long atMillis) {
        touchedAtMillis = atMillis;
        tokens += ended.tokens();
        pico += ended.pico();
        resultChars += ended.result() == null ? 0 : ended.result().length();
        if (!ended.refusals().isEmpty()) {
            refusals = refusals.isEmpty() ? ended.refusals() : refusals + "; " + ended.refusals();
        }
        set(place, items.get(place).ended(step, ended, stopping, atMillis));
    }

    /// @param item -1 of a fan-out: none of its items
    void unprepared(int item, String why, long atMillis) {
        touchedAtMillis = atMillis;
        for (int at = 0; at < items.size(); at++) {
            if (item == number(at) || item < 0) {
                set(at, items.get(at).unprepared(step, why, atMillis));
            }
        }
    }

    void delayed(int place, long dueAtMillis) {
        set(place, items.get(place).delayed(dueAtMillis));
    }

    void end(StepStatus status, @Nullable String why, @Nullable String wrong, long atMillis) {
        end = status;
        reason = why;
        error = wrong;
        finishedAtMillis = atMillis;
    }

    void takenOver(Transition.TakenOver over, long atMillis) {
        taken = over;
        end(over.status(), over.reason(), null, atMillis);
    }

    /// Of the results it has by now, those of attempts that failed included.
    long resultChars() {
        return resultChars;
    }

    long tokens() {
        return tokens;
    }

    long pico() {
        return pico;
    }

    /// What its dependents see of it, the text of a JSON value; null while it is not over, or nothing can be seen.
    @Nullable
    String seen() {
        if (end == null) {
            return null;
        }
        if (seen == null) {
            seen = shown();
        }
        return seen;
    }

    private @Nullable String shown() {
        return switch (status()) {
            case COMPLETE ->
                taken != null
                        ? taken.result()
                        : isFanOut() ? list() : items.getFirst().result();
            case SKIPPED -> skipped(String.valueOf(reason));
            case FAILED, TIMEOUT, CANCELLED ->
                step.onFailure() != OnFailure.SKIP || cutOff()
                        ? null
                        : skipped(isRejected() || isExpired() ? String.valueOf(reason) : "step_failed");
            case PENDING, RUNNING, RETRYING, WAITING_APPROVAL -> null;
        };
    }

    private boolean isExpired() {
        return waiting != null && decided == null;
    }

    private static String skipped(String reason) {
        return "{\"skipped\":true,\"reason\":" + Members.quoted(reason) + "}";
    }

    private String list() {
        return items.stream()
                .map(item -> item.isComplete() ? String.valueOf(item.result()) : skipped("step_failed"))
                .collect(Collectors.joining(",", "[", "]"));
    }

    /// What conditions and inputs may know of it; null while it is not over.
    @Nullable
    StepFacts facts() {
        if (facts == null && end != null) {
            String seen = seen();
            facts = new StepFacts(
                    end.word(),
                    error,
                    tokens,
                    startedAtMillis == 0 ? 0 : finishedAtMillis - startedAtMillis,
                    seen == null ? null : PlainJson.read(seen));
        }
        return facts;
    }

    RunStep view() {
        Item last = items.isEmpty() ? null : items.getFirst();
        Transition.AttemptBegun attempt = isFanOut() || last == null ? lastBegun() : last.attempt();
        AgentId agent = attempt == null ? step.agent() : attempt.agent();
        long due = items.stream()
                .filter(item -> end == null && item.phase() == Phase.DELAYED)
                .mapToLong(Item::atMillis)
                .min()
                .orElse(0);
        return new RunStep(
                step.id(),
                status(),
                reason,
                agent,
                attempts,
                isFanOut() && isOpen ? items.size() : -1,
                isFanOut() ? count(Phase.OVER) : 0,
                startedAtMillis,
                finishedAtMillis,
                tokens,
                pico,
                seen(),
                error,
                refusals,
                waiting == null ? null : waiting.request(),
                waiting == null ? null : waiting.digest(),
                waiting == null || !isWaiting() ? 0 : waiting.expiresAtMillis(),
                due);
    }

    private Transition.@Nullable AttemptBegun lastBegun() {
        Transition.AttemptBegun last = null;
        for (Item item : items) {
            last = item.attempt() == null ? last : item.attempt();
        }
        return last;
    }
}
