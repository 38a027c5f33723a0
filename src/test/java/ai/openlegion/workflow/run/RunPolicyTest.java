package ai.openlegion.workflow.run;

import static ai.openlegion.workflow.run.Flow.flow;
import static ai.openlegion.workflow.run.Flow.step;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.workflow.model.Workflow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What becomes of failures: how many attempts, after how long, and what is ended with them.
final class RunPolicyTest {

    @Test
    void retries_come_after_1_2_4_seconds_and_at_most_60() {
        Rig rig = Rig.started(flow().timeout(100_000).with(step("a").retry(8)).build());
        List<Long> delays = new ArrayList<>();
        for (int attempt = 1; attempt <= 8; attempt++) {
            rig.fail("a:" + attempt);
            assertThat(rig.status("a")).isEqualTo("retrying");
            assertThat(rig.run.status()).isEqualTo(RunStatus.RUNNING);
            long ended = rig.nowMillis;
            assertThat(rig.run.wishes(ended)).isEmpty();
            delays.add(rig.run.wakeAtMillis(ended) - ended);
            rig.after(delays.getLast() - 1);
            assertThat(rig.tasks()).hasSize(attempt);
            rig.after(1);
            assertThat(rig.tasks()).hasSize(attempt + 1);
        }
        assertThat(delays).containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L);
        rig.fail("a:9");
        assertThat(rig.tasks()).hasSize(9);
        assertThat(rig.run.status()).isEqualTo(RunStatus.FAILED);
        assertThat(rig.step("a").attempts()).isEqualTo(9);
        assertThat(rig.step("a").tokens()).isEqualTo(90);
    }

    @Test
    void the_first_attempt_that_succeeds_ends_the_retries() {
        Rig rig =
                Rig.started(flow().with(step("a").retry(3)).with(step("b", "a")).build());
        rig.fail("a:1")
                .after(1_000)
                .end("a:2", "timeout", null, "slow")
                .after(2_000)
                .complete("a:3", "{\"ok\":1}");
        assertThat(rig.tasks()).containsExactly("a:1", "a:2", "a:3", "b:1");
        assertThat(rig.status("a")).isEqualTo("complete");
        assertThat(rig.result("a")).isEqualTo("{\"ok\":1}");
        assertThat(rig.step("a").error()).isNull();
    }

    @Test
    void without_retries_left_the_run_fails() {
        Rig rig = Rig.started(flow().with(step("a").retry(0)).build());
        rig.fail("a:1");
        assertThat(rig.tasks()).hasSize(1);
        assertThat(rig.run.status()).isEqualTo(RunStatus.FAILED);
    }

    @Test
    void abort_ends_what_runs_and_lets_nothing_begin() {
        Rig rig = Rig.started(flow().with(step("a"))
                .with(step("b"))
                .with(step("c").retry(3))
                .with(step("d", "b"))
                .with(step("w").approval())
                .build());
        rig.fail("c:1").fail("a:1");
        assertThat(rig.run.status()).isEqualTo(RunStatus.FAILED);
        assertThat(rig.run.isOver()).isFalse();
        assertThat(rig.stops()).containsExactly("b:1");
        assertThat(rig.status("c")).isEqualTo("cancelled: run_failed");
        assertThat(rig.status("w")).isEqualTo("cancelled: run_failed");
        assertThat(rig.run.cancel("operator")).isInstanceOf(Answer.Conflict.class);
        assertThat(rig.run.wakeAtMillis(rig.nowMillis)).isEqualTo(Long.MAX_VALUE);
        rig.stopAll();
        assertThat(rig.run.isOver()).isTrue();
        assertThat(rig.status("b")).isEqualTo("cancelled: run_failed");
        assertThat(rig.status("d")).isEqualTo("skipped: dependency_cancelled");
        assertThat(rig.tasks()).containsExactly("a:1", "b:1", "c:1");
        assertThat(rig.step("b").pico()).isEqualTo(100);
    }

    @Test
    void a_result_that_arrives_while_the_run_is_stopped_still_counts() {
        Rig rig = Rig.started(
                flow().with(step("a")).with(step("b")).with(step("c", "b")).build());
        rig.fail("a:1").complete("b:1", "7");
        assertThat(rig.status("b")).isEqualTo("complete");
        assertThat(rig.status("c")).isEqualTo("skipped: run_failed");
        assertThat(rig.run.isOver()).isTrue();
    }

    @Test
    void skip_lets_its_dependents_run_and_see_it() {
        Rig rig = Rig.started(flow().with(step("a").skip())
                .with(step("b", "a").input("a").condition("a.status == 'failed' and a.skipped == true"))
                .build());
        rig.fail("a:1");
        assertThat(rig.status("a")).isEqualTo("failed: step_failed");
        assertThat(rig.run.input("b", -1)).isEqualTo(new Input.Ready("{\"skipped\":true,\"reason\":\"step_failed\"}"));
        rig.complete("b:1", "1");
        assertThat(rig.run.status()).isEqualTo(RunStatus.COMPLETE);
        assertThat(rig.run.error()).isNull();
    }

    @Test
    void fallback_is_one_attempt_of_the_other_agent() {
        Workflow flow =
                flow().with(step("a").fallback("spare")).with(step("b", "a")).build();
        Rig rig = Rig.started(flow).fail("a:1");
        assertThat(rig.step("a").agent()).hasToString("spare");
        rig.complete("a:2", "1").complete("b:1", "1");
        assertThat(rig.run.status()).isEqualTo(RunStatus.COMPLETE);
        Rig failing = Rig.started(flow).fail("a:1").end("a:2", "timeout", null, "slow");
        assertThat(failing.tasks()).containsExactly("a:1", "a:2");
        assertThat(failing.run.status()).isEqualTo(RunStatus.FAILED);
        assertThat(failing.run.error()).isEqualTo("step a timed out");
        assertThat(failing.status("b")).isEqualTo("skipped: dependency_timeout");
    }

    @Test
    void what_cannot_be_prepared_is_not_tried_again_but_by_the_fallback() {
        Rig retried = new Rig(flow().with(step("a").retry(3)).build());
        retried.append(retried.run.settle(retried.run.begin("{}", "operator", null), 1));
        Wish.Prepare first = (Wish.Prepare) retried.run.wishes(1).getFirst();
        retried.store(retried.run.unprepared(first, "no right"));
        assertThat(retried.tasks()).isEmpty();
        assertThat(retried.run.error()).isEqualTo("step a failed: no right");
        Rig spare = new Rig(flow().with(step("a").fallback("spare")).build());
        spare.append(spare.run.settle(spare.run.begin("{}", "operator", null), 1));
        spare.store(spare.run.unprepared((Wish.Prepare) spare.run.wishes(1).getFirst(), "no right"));
        assertThat(spare.tasks()).containsExactly("a:1");
        assertThat(spare.step("a").agent()).hasToString("spare");
        assertThat(spare.run.unprepared(first, "late")).isEmpty();
    }

    @Test
    void the_runs_time_out_acts_mid_step() {
        Rig rig = Rig.started(
                flow().timeout(10).with(step("a")).with(step("b", "a")).build());
        assertThat(rig.run.wakeAtMillis(rig.nowMillis)).isEqualTo(rig.nowMillis + 10_000);
        rig.after(9_999);
        assertThat(rig.stops()).isEmpty();
        rig.after(1);
        assertThat(rig.stops()).containsExactly("a:1");
        rig.stopAll();
        assertThat(rig.run.status()).isEqualTo(RunStatus.FAILED);
        assertThat(rig.run.error()).isEqualTo("timed out after 10 s");
        assertThat(rig.status("a")).isEqualTo("cancelled: run_failed");
        assertThat(rig.status("b")).isEqualTo("skipped: dependency_cancelled");
    }

    @Test
    void cancel_acts_mid_step_and_once() {
        Rig rig = Rig.started(flow().with(step("a")).with(step("b")).build());
        Answer answer = rig.run.cancel("operator");
        rig.store(((Answer.Accepted) answer).transitions());
        assertThat(rig.stops()).containsExactly("a:1", "b:1");
        assertThat(rig.run.status()).isEqualTo(RunStatus.CANCELLED);
        assertThat(rig.run.cancel("operator")).isEqualTo(new Answer.Conflict("the run is being ended"));
        rig.stopAll();
        assertThat(rig.run.cancel("operator")).isEqualTo(new Answer.Conflict("the run is over"));
        assertThat(rig.status("a")).isEqualTo("cancelled: run_cancelled");
    }

    @Test
    void the_end_is_published_until_that_is_stored() {
        Rig rig = Rig.started(flow().onComplete("done").with(step("a")).build()).complete("a:1", "1");
        assertThat(rig.run.wishes(rig.nowMillis)).containsExactly(new Wish.Announce("done"));
        rig.store(rig.run.announced());
        assertThat(rig.run.wishes(rig.nowMillis)).isEmpty();
        assertThat(rig.run.announced()).isEmpty();
        Rig failed =
                Rig.started(flow().onComplete("done").with(step("a")).build()).fail("a:1");
        assertThat(failed.run.wishes(failed.nowMillis)).isEmpty();
    }
}
