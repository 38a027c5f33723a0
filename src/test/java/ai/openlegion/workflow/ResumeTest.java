package ai.openlegion.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A mesh that ends right behind a write of its runs, at each of them: what was stored goes on, and nothing twice.
@Timeout(280)
final class ResumeTest {

    /// Ten steps: a diamond, a retry, a skipped failure, a condition, a fan-out, an end that needs all of them.
    private static final String TEN = Yarn.of("ten")
            .with(",\"on_complete\":\"ten_done\"")
            .step("start", "one", List.of(), "")
            .step("left", "one", List.of("start"), "")
            .step("right", "two", List.of("start"), "")
            .step("join", "two", List.of("left", "right"), ",\"input_from\":\"left.result\"")
            .step("list", "one", List.of("join"), "")
            .step("each", "two", List.of("list"), ",\"for_each\":\"list.result.items\",\"max_parallel\":2")
            .step("again", "one", List.of("join"), ",\"on_failure\":\"retry\",\"max_retries\":2")
            .step("lost", "two", List.of("join"), ",\"on_failure\":\"skip\"")
            .step("never", "one", List.of("join"), ",\"condition\":\"join.result.by == 'nobody'\"")
            .step("end", "two", List.of("each", "again", "lost", "never"), "")
            .text();

    private static final Map<String, Long> RUNS = Map.of(
            "start", 1L, "left", 1L, "right", 1L, "join", 1L, "list", 1L, "each", 3L, "again", 2L, "lost", 1L, "end",
            1L);

    @TempDir
    private Path folder;

    private static RigAgents agents() {
        return new RigAgents("one", "two").doing(task -> switch (task.step()) {
            case "list" -> RigAgents.complete(task, "{\"items\":[\"a\",\"b\",\"c\"]}");
            case "again" ->
                task.attempt() < 2 ? RigAgents.failed(task) : RigAgents.complete(task, "{\"by\":\"again\"}");
            case "lost" -> RigAgents.failed(task);
            case "each" ->
                RigAgents.complete(task, String.valueOf(task.members().raw("input_data")));
            default -> RigAgents.complete(task, "{\"by\":\"" + task.step() + "\"}"); // open: any step
        });
    }

    @Test
    void a_run_goes_on_from_each_of_its_writes_to_the_same_result_and_runs_nothing_twice() throws Exception {
        Map<String, String> expected = outcome(0);
        int writes = lastWrites;
        assertThat(writes).as("writes of one run").isGreaterThan(20);
        for (int dies = 1; dies <= writes; dies++) {
            assertThat(outcome(dies))
                    .as("killed behind write %d of %d", dies, writes)
                    .isEqualTo(expected);
        }
    }

    private int lastWrites;

    private Map<String, String> outcome(int dies) throws Exception {
        RigAgents agents = agents();
        RunRig.MovedClock clock = new RunRig.MovedClock();
        RunRig.Mortal mortal = new RunRig.Mortal(dies);
        RunRig rig = new RunRig(folder.resolve("mesh" + dies + ".db"), clock, agents, mortal).configure(TEN);
        try {
            var _ = rig.bus.ask(Workflows.RUN, new Workflows.Run("ten", "{\"lead\":\"acme\"}", "operator"));
            if (dies > 0) {
                // writes go together as they meet: a run may be over in fewer of them
                RunRig begun = rig;
                RunRig.until(() -> mortal.died.future().isComplete() || isOver(begun));
                rig = rig.crash().configure(TEN);
            }
            String id = only(rig);
            Workflows.RunView view = rig.ended(id);
            lastWrites = mortal.writes.get();
            assertThat(agents.runs()).as("killed behind write %d", dies).isEqualTo(RUNS);
            return shown(view);
        } finally {
            rig.close();
        }
    }

    private static boolean isOver(RunRig rig) throws Exception {
        return RunRig.await(rig.bus.ask(Workflows.LIST, new Workflows.ListRuns(null, null, null, 10))).runs().stream()
                .anyMatch(run -> run.finishedAtMillis() > 0);
    }

    private static String only(RunRig rig) throws Exception {
        var ask = new Workflows.ListRuns(null, null, null, 10);
        RunRig.until(() -> RunRig.await(rig.bus.ask(Workflows.LIST, ask)).runs().size() == 1);
        return RunRig.await(rig.bus.ask(Workflows.LIST, ask)).runs().getFirst().id();
    }

    private static Map<String, String> shown(Workflows.RunView view) {
        Map<String, String> shown = new HashMap<>();
        shown.put("run", view.status() + " " + view.error());
        for (Workflows.StepView step : view.steps()) {
            shown.put(
                    step.id(),
                    step.status() + " " + step.reason() + " " + step.attempts() + " " + step.items() + " "
                            + step.result() + " " + step.error());
        }
        return shown;
    }
}
