package ai.openlegion.workflow.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.workflow.model.WorkflowJson;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Five hundred random workflows with everything in them, against a model that works another way.
final class RandomRunsTest {

    private static final int WORLDS = 500;

    @Test
    void random_workflows_end_as_the_reference_says_with_as_many_dispatches() {
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = 1; seed <= WORLDS; seed++) {
            var world = new World(seed);
            var play = new Play(world, List.of());
            var reference = new Reference(world);
            assertThat(play.end()).as("seed " + seed + " " + world.workflow).isEqualTo(reference.end());
            seen.merge("run " + play.end().getFirst(), 1, Integer::sum);
            for (RunStep step : play.steps()) {
                if (play.end().getFirst().equals("complete")) {
                    assertThat(step.result()).as("seed " + seed).isEqualTo(reference.seen(step.id()));
                }
                seen.merge(step.status().word() + " " + step.reason(), 1, Integer::sum);
            }
        }
        assertThat(seen)
                .as("what the worlds had in them")
                .containsKeys(
                        "run complete",
                        "run failed",
                        "run cancelled",
                        "complete null",
                        "failed step_failed",
                        "failed rejected",
                        "timeout timeout",
                        "timeout approval_expired",
                        "cancelled run_failed",
                        "cancelled run_cancelled",
                        "skipped condition_not_met",
                        "skipped dependency_failed",
                        "skipped dependency_skipped");
        assertThat(seen.get("run complete")).isGreaterThan(WORLDS / 10);
        assertThat(seen.get("run failed")).isGreaterThan(WORLDS / 10);
    }

    @Test
    void a_run_that_is_cut_off_anywhere_goes_on_to_the_same_end() {
        for (long seed = 1; seed <= WORLDS; seed++) {
            var world = new World(seed);
            var whole = new Play(world, List.of());
            var random = new Random(seed);
            for (int cut = 0; cut < 4; cut++) {
                int length = 1 + random.nextInt(whole.stored.size());
                var again = new Play(world, whole.stored.subList(0, length));
                assertThat(again.end())
                        .as("seed " + seed + ", cut after " + length + " of " + whole.stored)
                        .isEqualTo(whole.end());
            }
        }
    }

    @Test
    void every_transition_and_definition_is_read_back_as_it_was() {
        for (long seed = 1; seed <= 100; seed++) {
            var world = new World(seed);
            for (Stored each : new Play(world, List.of()).stored) {
                String text = TransitionJson.write(each.transition());
                assertThat(TransitionJson.read(text)).isEqualTo(each.transition());
                assertThat(text).doesNotContain("\n");
            }
            String text = WorkflowJson.write(world.workflow);
            assertThat(WorkflowJson.read(text)).isEqualTo(world.workflow);
        }
    }
}
