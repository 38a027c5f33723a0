package ai.openlegion.workflow.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A definition: the steps of a graph without cycles, and what starts and bounds a run of it.
///
/// @param name `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`
/// @param file relative to the home, `config/workflows/x.yaml`
/// @param trigger the topic that starts it; null = none
/// @param schedule five cron fields or `every 30m`, in UTC; null = none
/// @param timeoutSeconds of a whole run
/// @param onComplete the topic on which a run that completes is published; null = none
/// @param maxPico the most one run may spend, in pico-USD; null = no such limit
/// @param steps in the order of the file
public record Workflow(
        String name,
        String file,
        @Nullable String trigger,
        @Nullable String schedule,
        int timeoutSeconds,
        @Nullable String onComplete,
        @Nullable Long maxPico,
        List<Step> steps) {

    public Workflow {
        steps = List.copyOf(steps);
    }
}
