package ai.openlegion.workflow;

import ai.openlegion.workflow.model.WorkflowJson;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.RunStep;
import ai.openlegion.workflow.run.StepStatus;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Runs as they are shown.
final class Views {

    private Views() {}

    /// A run as it stands, with what its tasks cost.
    static Workflows.RunView of(Run run, Costs costs) {
        List<Workflows.StepView> steps =
                run.steps().stream().map(step -> step(step, costs)).toList();
        return new Workflows.RunView(
                run.id(),
                run.workflow().name(),
                run.status().word(),
                run.error(),
                run.startedBy(),
                run.startedAtMillis(),
                run.finishedAtMillis(),
                costs.tokens(),
                costs.spentPico(),
                costs.unreconciledPico(),
                run.workflow().maxPico(),
                run.rerunOf(),
                run.input(),
                WorkflowJson.write(run.workflow()),
                steps);
    }

    /// The same view with other costs.
    static Workflows.RunView with(Workflows.RunView view, Costs costs) {
        return new Workflows.RunView(
                view.id(),
                view.workflow(),
                view.status(),
                view.error(),
                view.startedBy(),
                view.startedAtMillis(),
                view.finishedAtMillis(),
                costs.tokens(),
                costs.spentPico(),
                costs.unreconciledPico(),
                view.maxPico(),
                view.rerunOf(),
                view.input(),
                view.definition(),
                view.steps().stream().map(step -> with(step, costs)).toList());
    }

    private static Workflows.StepView with(Workflows.StepView step, Costs costs) {
        Costs.Amount own = costs.ofStep(step.id());
        return new Workflows.StepView(
                step.id(),
                step.status(),
                step.reason(),
                step.agent(),
                step.attempts(),
                step.items(),
                step.itemsDone(),
                step.startedAtMillis(),
                step.finishedAtMillis(),
                own.tokens(),
                own.spentPico(),
                step.result(),
                step.error(),
                step.request());
    }

    private static Workflows.StepView step(RunStep step, Costs costs) {
        Costs.Amount own = costs.ofStep(step.id());
        return new Workflows.StepView(
                step.id(),
                step.status().word(),
                step.reason(),
                step.agent() == null ? null : step.agent().value(),
                step.attempts(),
                step.items(),
                step.itemsDone(),
                step.startedAtMillis(),
                step.finishedAtMillis(),
                own.tokens(),
                own.spentPico(),
                step.result(),
                step.error(),
                request(step));
    }

    private static @Nullable String request(RunStep step) {
        String request = step.request();
        return request == null || step.status() != StepStatus.WAITING_APPROVAL
                ? null
                : request.substring(0, request.length() - 1) + ",\"digest\":\"" + step.digest() + "\",\"expires_at\":\""
                        + Instant.ofEpochMilli(step.expiresAtMillis()) + "\"}";
    }
}
