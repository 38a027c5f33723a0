package ai.openlegion.workflow;

import ai.openlegion.budget.Budget;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.RunStep;
import java.util.HashMap;
import java.util.Map;

/// What the tasks of a run cost, in all and for each step.
///
/// @param unreconciledPico what they may have cost besides
record Costs(long tokens, long spentPico, long unreconciledPico, Map<String, Amount> steps) {

    private static final Amount NOTHING = new Amount(0, 0);

    Costs {
        steps = Map.copyOf(steps);
    }

    /// What the tasks of one step cost.
    record Amount(long tokens, long spentPico) {

        private Amount plus(Amount other) {
            return new Amount(tokens + other.tokens, spentPico + other.spentPico);
        }
    }

    Amount ofStep(String step) {
        return steps.getOrDefault(step, NOTHING);
    }

    /// By what was known when each attempt ended.
    static Costs of(Run run) {
        long tokens = 0;
        long pico = 0;
        Map<String, Amount> steps = new HashMap<>();
        for (RunStep step : run.steps()) {
            tokens += step.tokens();
            pico += step.pico();
            steps.put(step.id(), new Amount(step.tokens(), step.pico()));
        }
        return new Costs(tokens, pico, 0, steps);
    }

    /// By the ledger's count of now: tasks that run, and calls that were settled behind the end of their task, too.
    static Costs of(Budget.RunAccount account) {
        Map<String, Amount> steps = new HashMap<>();
        long unreconciled = 0;
        for (Budget.TaskAccount task : account.tasks()) {
            // RUN:STEP:ATTEMPT or RUN:STEP:ITEM:ATTEMPT, and no step's name has a colon
            String step = task.taskId().split(":", 3)[1];
            steps.merge(step, new Amount(task.tokens(), task.spentPico()), Amount::plus);
            unreconciled += task.unreconciledPico();
        }
        return new Costs(account.tokens(), account.spentPico(), unreconciled, steps);
    }
}
