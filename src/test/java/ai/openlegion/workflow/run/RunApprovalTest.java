package ai.openlegion.workflow.run;

import static ai.openlegion.workflow.run.Flow.flow;
import static ai.openlegion.workflow.run.Flow.step;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Approvals, fan-outs, re-runs and what steps are told.
final class RunApprovalTest {

    private static Answer decide(Rig rig, boolean approved, @Nullable String digest) {
        return rig.run.decide("a", approved, "operator", "why not", digest, rig.nowMillis);
    }

    private static Rig waiting() {
        return Rig.started(flow().timeout(60)
                .with(step("a").approval())
                .with(step("b", "a"))
                .build());
    }

    @Test
    void an_approved_step_runs_and_the_runs_time_stands_still_meanwhile() {
        Rig rig = waiting();
        assertThat(rig.tasks()).isEmpty();
        assertThat(rig.run.status()).isEqualTo(RunStatus.WAITING_APPROVAL);
        assertThat(rig.step("a").expiresAtMillis()).isEqualTo(rig.nowMillis + 3_600_000);
        rig.after(3_000_000);
        assertThat(decide(rig, true, "other")).isEqualTo(new Answer.Conflict("another request waits"));
        rig.store(((Answer.Accepted) decide(rig, true, "d1")).transitions());
        assertThat(decide(rig, true, null)).isInstanceOf(Answer.Conflict.class);
        assertThat(rig.run.decide("q", true, "operator", "", null, 0)).isInstanceOf(Answer.Unknown.class);
        assertThat(rig.tasks()).containsExactly("a:1");
        assertThat(rig.run.status()).isEqualTo(RunStatus.RUNNING);
        assertThat(rig.step("a").request()).isEqualTo("{\"of\":\"a\"}");
        rig.after(59_999).complete("a:1", "1");
        assertThat(rig.tasks()).containsExactly("a:1", "b:1");
        rig.after(1);
        assertThat(rig.stops()).containsExactly("b:1");
    }

    @Test
    void a_rejected_step_fails_the_run() {
        Rig rig = waiting();
        rig.store(((Answer.Accepted) decide(rig, false, null)).transitions());
        assertThat(rig.status("a")).isEqualTo("failed: rejected");
        assertThat(rig.step("a").error()).isEqualTo("rejected by operator: why not");
        assertThat(rig.status("b")).isEqualTo("skipped: dependency_failed");
        assertThat(rig.run.error()).isEqualTo("step a was rejected");
        assertThat(rig.run.isOver()).isTrue();
    }

    @Test
    void an_approval_that_nobody_gave_expires() {
        Rig rig = waiting().after(3_599_999);
        assertThat(rig.status("a")).isEqualTo("waiting_approval");
        rig.after(1);
        assertThat(rig.status("a")).isEqualTo("timeout: approval_expired");
        assertThat(rig.status("b")).isEqualTo("skipped: dependency_timeout");
        assertThat(rig.run.error()).isEqualTo("step a was not approved in time");
        Rig skipping = Rig.started(flow().with(step("a").skip().approval())
                        .with(step("b", "a").input("a"))
                        .build())
                .after(3_600_000);
        assertThat(skipping.run.input("b", -1))
                .isEqualTo(new Input.Ready("{\"skipped\":true,\"reason\":\"approval_expired\"}"));
        skipping.complete("b:1", "1");
        assertThat(skipping.run.status()).isEqualTo(RunStatus.COMPLETE);
    }

    @Test
    void a_fan_out_keeps_its_bound_and_its_order() {
        Rig rig = Rig.started(flow().with(step("a"))
                        .with(step("b", "a").forEach("a.result.list", 2))
                        .with(step("c", "b").input("b[2]"))
                        .build())
                .complete("a:1", "{\"list\":[\"x\",{\"y\":1},null]}");
        assertThat(rig.tasks()).containsExactly("a:1", "b:0:1", "b:1:1");
        assertThat(rig.run.input("b", 1)).isEqualTo(new Input.Ready("{\"item\":{\"y\":1},\"index\":1,\"count\":3}"));
        assertThat(rig.run.items("b")).containsExactly("\"x\"", "{\"y\":1}", "null");
        rig.complete("b:1:1", "1").complete("b:2:1", "\"two\"");
        assertThat(rig.step("b").itemsDone()).isEqualTo(2);
        rig.complete("b:0:1", "0");
        assertThat(rig.result("b")).isEqualTo("[0,1,\"two\"]");
        assertThat(rig.run.input("c", -1)).isEqualTo(new Input.Ready("{\"value\":\"two\"}"));
        assertThat(rig.step("b").tokens()).isEqualTo(30);
    }

    @Test
    void each_item_has_its_own_retries_and_its_place_when_it_is_skipped() {
        Rig rig = Rig.started(flow().with(step("a"))
                        .with(step("b", "a").forEach("a.result", 1).retry(1))
                        .build())
                .complete("a:1", "[1,2]")
                .fail("b:0:1");
        assertThat(rig.tasks()).as("a delay holds no place").containsExactly("a:1", "b:0:1", "b:1:1");
        rig.after(1_000);
        assertThat(rig.tasks()).hasSize(3);
        rig.complete("b:1:1", "2").complete("b:0:2", "1");
        assertThat(rig.result("b")).isEqualTo("[1,2]");
        Rig skipping = Rig.started(flow().with(step("a"))
                        .with(step("b", "a").forEach("a.result", 8).skip())
                        .build())
                .complete("a:1", "[1,2]")
                .fail("b:0:1")
                .complete("b:1:1", "2");
        assertThat(skipping.result("b")).isEqualTo("[{\"skipped\":true,\"reason\":\"step_failed\"},2]");
        assertThat(skipping.run.status()).isEqualTo(RunStatus.COMPLETE);
    }

    @Test
    void an_items_failure_ends_the_others() {
        Rig rig = Rig.started(flow().with(step("a"))
                        .with(step("b", "a").forEach("a.result", 2))
                        .build())
                .complete("a:1", "[1,2,3]")
                .fail("b:0:1");
        assertThat(rig.stops()).containsExactly("b:1:1");
        assertThat(rig.run.error()).isEqualTo("step b failed: broken");
        assertThat(rig.status("b")).isEqualTo("running");
        rig.stopAll();
        assertThat(rig.status("b")).isEqualTo("failed: step_failed");
        assertThat(rig.step("b").tokens()).isEqualTo(11);
        assertThat(rig.run.isOver()).isTrue();
    }

    @Test
    void a_list_is_needed_and_an_empty_one_is_done_at_once() {
        Rig none = Rig.started(flow().with(step("a"))
                        .with(step("b", "a").forEach("a.list", 2))
                        .build())
                .complete("a:1", "{}");
        assertThat(none.step("b").error()).isEqualTo("for_each: a.list is no list");
        assertThat(none.run.status()).isEqualTo(RunStatus.FAILED);
        Rig empty = Rig.started(flow().with(step("a"))
                        .with(step("b", "a").forEach("a.list", 2).approval())
                        .build())
                .complete("a:1", "{\"list\":[]}");
        assertThat(empty.result("b")).isEqualTo("[]");
        assertThat(empty.run.status()).isEqualTo(RunStatus.COMPLETE);
        Rig many = Rig.started(flow().with(step("a"))
                        .with(step("b", "a").forEach("a", 2))
                        .build())
                .complete("a:1", "[" + "0,".repeat(1_000) + "0]");
        assertThat(many.step("b").error()).isEqualTo("for_each: more than 1000 items");
    }

    @Test
    void a_rerun_takes_over_what_does_not_depend_on_the_step() {
        var flow = flow().with(step("a"))
                .with(step("b", "a"))
                .with(step("c", "a").condition("a == 2"))
                .with(step("d", "b", "c"))
                .build();
        Rig first = Rig.started(flow).complete("a:1", "1").fail("b:1");
        Rig again = new Rig(flow).startAgain(Objects.requireNonNull(first.run.take("b")));
        assertThat(again.tasks()).containsExactly("b:1");
        assertThat(again.run.rerunOf()).isEqualTo(Rig.ID);
        assertThat(again.status("c")).isEqualTo("skipped: condition_not_met");
        assertThat(again.step("a").pico()).isZero();
        again.complete("b:1", "2");
        assertThat(again.run.context("d", 0))
                .contains("\"b\":2", "\"c\":{\"skipped\":true,\"reason\":\"condition_not_met\"}");
        assertThat(first.run.take("a")).isEqualTo(new Taken(Rig.ID, List.of()));
        assertThat(first.run.take("nowhere")).isNull();
    }

    @Test
    void steps_are_told_what_they_ask_for() {
        Rig rig = new Rig(flow().with(step("a").input("blackboard://context/{lead}"))
                        .with(step("b", "a").input("trigger.payload").forEach("a.result.list", 8))
                        .with(step("c", "a").input("a.result.x.y"))
                        .with(step("d", "a").input("blackboard://context/{other}"))
                        .with(step("e", "a"))
                        .build())
                .start("{\"lead\":\"l-1\",\"n\":1.50}");
        assertThat(rig.run.input("a", -1)).isEqualTo(new Input.Entry("context/l-1"));
        assertThat(rig.run.entryInput("a", -1, null)).isEqualTo("{}");
        assertThat(rig.run.entryInput("a", -1, "5")).isEqualTo("{\"value\":5}");
        assertThat(rig.run.entryInput("a", -1, " {\"x\":1}")).isEqualTo(" {\"x\":1}");
        rig.complete("a:1", "{\"list\":[1],\"x\":{\"y\":{\"z\":1.10}}}");
        assertThat(rig.run.input("b", 0))
                .isEqualTo(new Input.Ready(
                        "{\"item\":1,\"index\":0,\"count\":1,\"input\":{\"lead\":\"l-1\",\"n\":1.50}}"));
        assertThat(rig.run.input("c", -1)).isEqualTo(new Input.Ready("{\"z\":1.10}"));
        assertThat(rig.run.input("d", -1)).isInstanceOf(Input.Impossible.class);
        assertThat(rig.run.input("e", -1)).isEqualTo(new Input.Ready("{\"lead\":\"l-1\",\"n\":1.50}"));
    }

    @Test
    void a_context_holds_at_most_128_kib() {
        Rig rig = Rig.started(flow().with(step("a"))
                        .with(step("b"))
                        .with(step("c", "a", "b"))
                        .build())
                .complete("a:1", "\"" + "é".repeat(50_000) + "\"")
                .complete("b:1", "\"" + "x".repeat(40_000) + "\"");
        assertThat(rig.run.context("c", 0))
                .contains("\"b\":{\"omitted\":\"too large\"}")
                .contains("éé");
        assertThat(rig.run.context("c", 0).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(128 * 1024);
    }
}
