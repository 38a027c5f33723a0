package ai.openlegion.workflow.run;

import static ai.openlegion.workflow.run.Flow.flow;
import static ai.openlegion.workflow.run.Flow.step;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Workflow;
import java.util.List;
import org.junit.jupiter.api.Test;

/// When steps begin, and when they do not.
final class RunOrderTest {

    private static final Workflow DIAMOND = flow().with(step("a"))
            .with(step("b", "a"))
            .with(step("c", "a"))
            .with(step("d", "b", "c"))
            .build();

    @Test
    void a_diamond_joins_when_both_sides_are_done() {
        Rig rig = Rig.started(DIAMOND);
        assertThat(rig.tasks()).containsExactly("a:1");
        rig.complete("a:1", "{\"x\":1}");
        assertThat(rig.tasks()).containsExactly("a:1", "b:1", "c:1");
        rig.complete("c:1", "{}");
        assertThat(rig.tasks()).hasSize(3);
        rig.after(50).complete("b:1", "{}");
        assertThat(rig.tasks()).containsExactly("a:1", "b:1", "c:1", "d:1");
        rig.complete("d:1", "\"end\"");
        assertThat(rig.run.status()).isEqualTo(RunStatus.COMPLETE);
        assertThat(rig.result("d")).isEqualTo("\"end\"");
        assertThat(rig.run.finishedAtMillis()).isEqualTo(rig.nowMillis);
        assertThat(rig.run.steps()).extracting(RunStep::tokens).containsOnly(10L);
    }

    @Test
    void a_step_begins_while_an_unrelated_one_still_runs() {
        Rig rig = Rig.started(flow().with(step("slow"))
                .with(step("fast"))
                .with(step("next", "fast"))
                .build());
        rig.complete("fast:1", "1");
        assertThat(rig.tasks()).containsExactly("slow:1", "fast:1", "next:1");
    }

    @Test
    void a_run_without_steps_is_complete_at_once() {
        Rig rig = Rig.started(flow().build());
        assertThat(rig.run.isOver()).isTrue();
        assertThat(rig.run.status()).isEqualTo(RunStatus.COMPLETE);
    }

    @Test
    void a_result_counts_only_from_the_attempts_agent_and_once() {
        Rig rig = Rig.started(DIAMOND);
        var foreign = new TaskEnd(Rig.ID + ":a:1", new AgentId("b"), "complete", "{}", null, "", 0, 0);
        assertThat(rig.run.ended(foreign)).isEmpty();
        var unknown = new TaskEnd(Rig.ID + ":b:1", new AgentId("b"), "complete", "{}", null, "", 0, 0);
        assertThat(rig.run.ended(unknown)).as("it has not begun").isEmpty();
        rig.complete("a:1", "{}");
        var again = new TaskEnd(Rig.ID + ":a:1", new AgentId("a"), "failed", null, "late", "", 0, 0);
        assertThat(rig.run.ended(again)).isEmpty();
        assertThat(rig.status("a")).isEqualTo("complete");
    }

    @Test
    void a_condition_that_does_not_hold_skips_the_step_alone() {
        Rig rig = Rig.started(flow().with(step("a"))
                .with(step("b", "a").condition("a.score > 0.7"))
                .with(step("c", "b").input("b"))
                .build());
        rig.complete("a:1", "{\"score\":0.7}");
        assertThat(rig.status("b")).isEqualTo("skipped: condition_not_met");
        assertThat(rig.tasks()).containsExactly("a:1", "c:1");
        assertThat(rig.run.input("c", -1))
                .isEqualTo(new Input.Ready("{\"skipped\":true,\"reason\":\"condition_not_met\"}"));
        assertThat(rig.run.context("c", 0))
                .isEqualTo("{\"workflow\":\"flow\",\"execution_id\":\"" + Rig.ID
                        + "\",\"steps\":{\"b\":{\"skipped\":true,\"reason\":\"condition_not_met\"}}}");
        rig.complete("c:1", "{}");
        assertThat(rig.run.status()).isEqualTo(RunStatus.COMPLETE);
    }

    @Test
    void what_depends_on_a_failed_step_is_skipped_all_the_way_down() {
        Rig rig = Rig.started(flow().with(step("a"))
                .with(step("b", "a"))
                .with(step("c", "b"))
                .with(step("d", "c"))
                .build());
        rig.fail("a:1");
        assertThat(List.of(rig.status("a"), rig.status("b"), rig.status("c"), rig.status("d")))
                .containsExactly(
                        "failed: step_failed",
                        "skipped: dependency_failed",
                        "skipped: dependency_skipped",
                        "skipped: dependency_skipped");
        assertThat(rig.run.status()).isEqualTo(RunStatus.FAILED);
        assertThat(rig.run.error()).isEqualTo("step a failed: broken");
    }
}
