package ai.openlegion.workflow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.identity.AgentId;
import ai.openlegion.task.Tasks;
import ai.openlegion.workflow.Workflows.Outcome;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is decided while a run is under way: by the operator, by time, and against results that do not count.
@Timeout(120)
final class RunDecisionsTest {

    private static final String ASKS = ",\"requires_approval\":true,\"approval_timeout\":60";

    @TempDir
    private Path folder;

    private final RunRig.MovedClock clock = new RunRig.MovedClock();
    private final RigAgents agents = new RigAgents("one", "two");
    private RunRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = new RunRig(folder.resolve("mesh.db"), clock, agents);
    }

    private void start(String... definitions) throws Exception {
        rig.configure(definitions);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    private JsonObject waiting(String run) throws Exception {
        RunRig.until(() -> rig.view(run).status().equals("waiting_approval"));
        return new JsonObject(requireNonNull(rig.step(run, "a").request()));
    }

    @Test
    void what_was_approved_is_sent_and_nothing_else_also_after_a_restart() throws Exception {
        agents.allow("one", List.of("*"), List.of());
        String flow = Yarn.of("asks")
                .step("a", "one", List.of(), ASKS + ",\"input_from\":\"blackboard://draft\"")
                .text();
        start(flow);
        assertThat(rig.put("two", "draft", "{\"text\":\"hello\"}")).isInstanceOf(Blackboard.Stored.class);
        String id = rig.started("asks", "{}");
        JsonObject request = waiting(id);
        assertThat(request.getString("agent")).isEqualTo("one");
        assertThat(request.getJsonObject("input_data")).isEqualTo(new JsonObject().put("text", "hello"));
        String digest = request.getString("digest");
        assertThat(digest).hasSize(64);
        assertThat(agents.ran()).isEmpty();

        rig = rig.restart().configure(flow);
        assertThat(waiting(id)).isEqualTo(request);
        assertThat(rig.put("two", "draft", "{\"text\":\"something else\"}")).isInstanceOf(Blackboard.Stored.class);
        assertThat(rig.decide(id, "a", true, "0".repeat(64)).outcome()).isEqualTo(Outcome.CONFLICT);
        assertThat(rig.decide(id, "b", true, null).outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(rig.decide(id, "a", true, digest).outcome()).isEqualTo(Outcome.DONE);
        assertThat(rig.decide(id, "a", true, digest).outcome()).isEqualTo(Outcome.CONFLICT);
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(new JsonObject(agents.given(id + ":a:1").raw("input_data")))
                .isEqualTo(new JsonObject().put("text", "hello"));
        RunRig.until(() -> rig.audited.contains("operator workflow.approve " + id + ":a allowed"));
    }

    @Test
    void what_is_rejected_or_expires_is_not_sent() throws Exception {
        String flow = Yarn.of("asks").step("a", "one", List.of(), ASKS).text();
        start(flow);
        String rejected = rig.started("asks", "{}");
        var _ = waiting(rejected);
        assertThat(rig.decide(rejected, "a", false, null).outcome()).isEqualTo(Outcome.DONE);
        assertThat(rig.ended(rejected).status()).isEqualTo("failed");
        assertThat(rig.step(rejected, "a").reason()).isEqualTo("rejected");
        RunRig.until(() -> rig.audited.contains("operator workflow.reject " + rejected + ":a allowed"));
        String expired = rig.started("asks", "{}");
        var _ = waiting(expired);
        rig = rig.restart().configure(flow);
        clock.advance(Duration.ofSeconds(61));
        assertThat(rig.ended(expired).status()).isEqualTo("failed");
        assertThat(rig.step(expired, "a").status()).isEqualTo("timeout");
        assertThat(rig.step(expired, "a").reason()).isEqualTo("approval_expired");
        assertThat(agents.ran()).isEmpty();
    }

    @Test
    void a_cancel_reaches_the_agent_in_the_middle_of_its_step_and_a_second_one_is_refused() throws Exception {
        agents.doing(_ -> null);
        start(Yarn.of("long")
                .step("a", "one", List.of(), "")
                .step("b", "two", List.of("a"), "")
                .text());
        String id = rig.started("long", "{}");
        RunRig.until(() -> agents.ran().size() == 1);
        assertThat(rig.cancel(id).outcome()).isEqualTo(Outcome.DONE);
        assertThat(rig.cancel(id).outcome()).isEqualTo(Outcome.CONFLICT);
        Workflows.RunView view = rig.ended(id);
        assertThat(view.status()).isEqualTo("cancelled");
        assertThat(view.steps()).extracting(Workflows.StepView::status).containsExactly("cancelled", "skipped");
        RunRig.until(() -> rig.items("one").stream().anyMatch(item -> "cancel".equals(item.type())));
        assertThat(rig.cancel("wf_000000000000").outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(rig.cancel(id).outcome()).isEqualTo(Outcome.CONFLICT);
        RunRig.until(() -> rig.audited.contains("operator workflow.cancel " + id + " allowed"));
    }

    @Test
    void the_time_of_a_step_and_that_of_a_run_end_what_is_under_way() throws Exception {
        agents.doing(_ -> null);
        start(
                Yarn.of("slow").step("a", "one", List.of(), ",\"timeout\":1").text(),
                Yarn.of("late")
                        .with(",\"timeout\":5")
                        .step("a", "two", List.of(), "")
                        .text());
        String slow = rig.started("slow", "{}");
        assertThat(rig.ended(slow).status()).isEqualTo("failed");
        assertThat(rig.step(slow, "a").status()).isEqualTo("timeout");
        RunRig.until(() -> rig.items("one").stream().anyMatch(item -> "cancel".equals(item.type())));
        String late = rig.started("late", "{}");
        RunRig.until(() -> agents.ran().size() == 2);
        clock.advance(Duration.ofSeconds(6));
        Workflows.RunView view = rig.ended(late);
        assertThat(view.status()).isEqualTo("failed");
        assertThat(view.error()).contains("5 s");
        assertThat(view.steps().getFirst().status()).isEqualTo("cancelled");
        RunRig.until(() -> rig.items("two").stream().anyMatch(item -> "cancel".equals(item.type())));
    }

    @Test
    void a_result_counts_only_from_the_attempts_agent_and_while_it_runs() throws Exception {
        agents.doing(_ -> null);
        start(Yarn.of("flow")
                .step("a", "one", List.of(), "")
                .step("b", "two", List.of("a"), "")
                .text());
        String id = rig.started("flow", "{}");
        RunRig.until(() -> agents.ran().size() == 1);
        assertThat(report("two", id + ":a:1", 0)).isFalse();
        assertThat(report("one", id + ":a:2", 0)).isFalse();
        assertThat(report("one", id + ":b:1", 0)).isFalse();
        assertThat(rig.step(id, "a").status()).isEqualTo("running");
        assertThat(report("one", id + ":a:1", 1)).isTrue();
        assertThat(report("one", id + ":a:1", 2)).isFalse();
        RunRig.until(() -> agents.ran().size() == 2);
        assertThat(rig.step(id, "a").result()).isEqualTo("{\"n\":1}");
        assertThat(report("two", id + ":b:1", 3)).isTrue();
        assertThat(rig.ended(id).status()).isEqualTo("complete");
    }

    private boolean report(String agent, String task, int n) throws Exception {
        String payload = "{\"task_id\":\"" + task + "\",\"status\":\"complete\",\"result\":{\"n\":" + n + "}}";
        return RunRig.await(rig.bus.ask(Tasks.REPORT, new Tasks.Report(new AgentId(agent), payload)))
                .delivered();
    }
}
