package ai.openlegion.agent;

import static ai.openlegion.agent.AgentRig.task;
import static ai.openlegion.agent.FakeMesh.call;
import static ai.openlegion.agent.FakeMesh.refuse;
import static ai.openlegion.agent.FakeMesh.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.tools.Tool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What ends a task before it has an answer, to the figure, and what is only tried again.
@Timeout(60)
final class TaskLimitsTest {

    @TempDir
    private Path folder;

    private final FakeMesh mesh;
    private final List<AutoCloseable> open = new ArrayList<>();

    TaskLimitsTest() throws Exception {
        mesh = new FakeMesh();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        mesh.close();
    }

    private AgentRig agent(Tool... tools) throws Exception {
        var rig = new AgentRig(folder, mesh, tools);
        open.add(rig);
        return rig;
    }

    @Test
    void twenty_iterations_may_answer_and_the_twenty_first_fails() throws Exception {
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> arguments));
        mesh.then(IntStream.range(0, 19)
                        .mapToObj(i -> call("look", "{\"about\":\"" + i + "\"}"))
                        .toArray(FakeMesh.Turn[]::new))
                .then(text("done"));
        assertThat(rig.run(task("t1")).text("status")).contains("complete");
        assertThat(mesh.modelCalls()).hasSize(20);
        mesh.then(IntStream.range(0, 20)
                .mapToObj(i -> call("look", "{\"about\":\"" + i + "\"}"))
                .toArray(FakeMesh.Turn[]::new));
        Members failed = rig.run(task("t2"));
        assertThat(failed.text("status")).contains("failed");
        assertThat(failed.text("error")).contains("Max iterations (20) reached");
        assertThat(mesh.modelCalls()).hasSize(40);
    }

    private static FakeMesh.Turn looks(long tokens) {
        return (exchange, call) -> FakeMesh.send(
                exchange,
                200,
                "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"x\",\"function\":"
                        + "{\"name\":\"look\",\"arguments\":\"{}\"}}]}}],\"usage\":{\"total_tokens\":" + tokens + "}}");
    }

    @Test
    void a_token_budget_is_checked_before_each_call() throws Exception {
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> "seen"));
        mesh.then(looks(10_000));
        Members failed = rig.run(task("t1", "token_budget", Map.of("max_tokens", 10_000)));
        assertThat(failed.text("status")).contains("failed");
        assertThat(failed.text("error")).contains("Token budget exhausted: 10000/10000");
        assertThat(failed.whole("tokens_used")).contains(10_000L);
        assertThat(mesh.modelCalls()).hasSize(1);
        assertThat(mesh.modelCalls().getFirst().body().whole("max_tokens")).contains(10_000L);
        assertThat(rig.run(task("t2", "token_budget", Map.of("max_tokens", 0))).text("error"))
                .contains("Token budget exhausted: 0/0");
        assertThat(mesh.modelCalls()).hasSize(1);
    }

    @Test
    void the_last_tokens_of_a_budget_may_be_used_however_few() throws Exception {
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> "seen"));
        mesh.then(looks(199), text("done"));
        assertThat(rig.run(task("t1", "token_budget", Map.of("max_tokens", 200)))
                        .text("status"))
                .contains("complete");
        assertThat(mesh.modelCalls().getLast().body().whole("max_tokens")).contains(1L);
    }

    @Test
    void a_budget_of_money_ends_a_task_by_the_costs_that_the_mesh_told() throws Exception {
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> "seen"));
        mesh.then((exchange, call) -> {
            exchange.getResponseHeaders().set("x-openlegion-cost-usd", "0.02");
            call("look", "{}").answer(exchange, call);
        });
        assertThat(rig.run(task("t1", "token_budget", Map.of("max_usd", 0.02))).text("error"))
                .hasValueSatisfying(error -> assertThat(error).startsWith("Token budget exhausted: $0.02"));
        assertThat(mesh.modelCalls()).hasSize(1);
    }

    @Test
    void a_refusal_of_the_tasks_budget_fails_the_task_saying_so_and_is_not_tried_again() throws Exception {
        mesh.then(refuse(
                402,
                "{\"error\":{\"message\":\"The task has spent its budget\",\"type\":\"insufficient_quota\","
                        + "\"openlegion\":{\"reason\":\"task_budget_exceeded\"}}}",
                "retry-after: 1"));
        Members failed = agent().run(task("t1"));
        assertThat(failed.text("status")).contains("failed");
        assertThat(failed.text("error")).contains("task_budget_exceeded: The task has spent its budget");
        assertThat(mesh.modelCalls()).hasSize(1);
    }

    @Test
    void passing_refusals_are_tried_again_after_the_time_they_ask_for_three_times_in_all() throws Exception {
        AgentRig rig = agent();
        mesh.then(refuse(429, "{}", "retry-after: 7"), refuse(503, "{}"), text("done"));
        assertThat(rig.run(task("t1")).text("status")).contains("complete");
        assertThat(rig.pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(2));
        mesh.then(refuse(502, "{}"), refuse(502, "{}"), refuse(502, "{\"error\":{\"message\":\"gone\"}}"), text("no"));
        assertThat(rig.run(task("t2")).text("error")).contains("gone");
        assertThat(mesh.modelCalls()).hasSize(6);
    }

    @Test
    void what_should_not_be_tried_again_is_not() throws Exception {
        AgentRig rig = agent();
        mesh.then(refuse(502, "{}", "x-should-retry: false"));
        assertThat(rig.run(task("t1")).text("status")).contains("failed");
        mesh.then(refuse(500, "{}"));
        assertThat(rig.run(task("t2")).text("status")).contains("failed");
        mesh.then(refuse(429, "{}", "retry-after: 3600"));
        assertThat(rig.run(task("t3")).text("status")).contains("failed");
        assertThat(mesh.modelCalls()).hasSize(3);
        assertThat(rig.pauses).isEmpty();
    }

    @Test
    void the_second_same_call_warns_the_fourth_is_blocked_and_the_ninth_ends_the_task() throws Exception {
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> "seen"));
        mesh.always(call("look", "{\"about\":\"x\"}"));
        Members failed = rig.run(task("t1"));
        assertThat(failed.text("status")).contains("failed");
        assertThat(failed.text("error"))
                .hasValueSatisfying(error -> assertThat(error).startsWith("Stuck in a loop"));
        assertThat(mesh.modelCalls()).hasSize(9);
        List<String> results = mesh.modelCalls().getLast().messages().stream()
                .filter(message -> message.text("role").equals(Optional.of("tool")))
                .map(message -> message.text("content").orElse(""))
                .toList();
        assertThat(results.get(0)).isEqualTo("\"seen\"");
        assertThat(results.get(1)).startsWith("[Warning").endsWith("\"seen\"");
        assertThat(results.get(2)).startsWith("[Warning").endsWith("\"seen\"");
        assertThat(results.subList(3, 8))
                .allSatisfy(result -> assertThat(result).contains("Blocked"));
    }

    @Test
    void other_results_of_the_same_call_do_not_block_it_but_the_ninth_ends_the_task() throws Exception {
        var counted = new AtomicInteger();
        AgentRig rig = agent(AgentRig.tool("count", (context, arguments) -> counted.incrementAndGet()));
        mesh.always(call("count", "{}"));
        assertThat(rig.run(task("t1")).text("error"))
                .hasValueSatisfying(error -> assertThat(error).startsWith("Stuck in a loop"));
        assertThat(counted).hasValue(8);
    }
}
