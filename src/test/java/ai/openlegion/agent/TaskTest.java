package ai.openlegion.agent;

import static ai.openlegion.agent.AgentRig.task;
import static ai.openlegion.agent.FakeMesh.call;
import static ai.openlegion.agent.FakeMesh.calls;
import static ai.openlegion.agent.FakeMesh.refuse;
import static ai.openlegion.agent.FakeMesh.text;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.loop.Assignment;
import ai.openlegion.agent.loop.Outcome;
import ai.openlegion.agent.loop.Spending;
import ai.openlegion.agent.loop.Steers;
import ai.openlegion.agent.loop.TaskLoop;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.scenario.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A task, from the mesh's assignment to the result that the mesh is told.
@Timeout(60)
final class TaskTest {

    @TempDir
    private Path folder;

    private final FakeMesh mesh;
    private final List<AutoCloseable> open = new ArrayList<>();

    TaskTest() throws Exception {
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
    void a_json_answer_is_the_result_and_what_it_promotes() throws Exception {
        mesh.then(text("{\"result\":{\"employees\":500},\"promote\":{\"context/acme\":{\"seen\":true}}}", 42));
        AgentRig rig = agent();
        Members result = rig.run(task("t1"));
        assertThat(result.text("status")).contains("complete");
        assertThat(result.object("result").whole("employees")).contains(500L);
        assertThat(result.object("promote_to_blackboard").object("context/acme").truth("seen"))
                .contains(true);
        assertThat(result.any("error")).isEmpty();
        assertThat(result.whole("tokens_used")).contains(42L);
        assertThat(result.whole("duration_ms")).isPresent();
        assertThat(rig.get("/result?task_id=t1")).isEqualTo(result);
        FakeMesh.Call told = mesh.to("/mesh/message").getFirst();
        assertThat(told.body().text("to")).contains("orchestrator");
        assertThat(told.body().text("type")).contains("task_result");
        assertThat(told.authorization()).isEqualTo("Bearer " + FakeMesh.TOKEN);
        assertThat(mesh.modelCalls().getFirst().prompt()).contains("find").contains("Acme");
        assertThat(mesh.modelCalls().getFirst().body().text("model")).contains("demo/small");
    }

    @Test
    void any_other_answer_is_wrapped_as_it_is() throws Exception {
        mesh.then(
                text("It has 500 employees."),
                text("{\"employees\":500}"),
                text("```json\n{\"result\":{\"a\":1}}\n```"));
        AgentRig rig = agent();
        assertThat(rig.run(task("t1")).object("result").text("raw")).contains("It has 500 employees.");
        assertThat(rig.run(task("t2")).object("result").text("raw")).contains("{\"employees\":500}");
        assertThat(rig.run(task("t3")).object("result").whole("a")).contains(1L);
    }

    @Test
    void whatever_the_model_asks_for_is_answered_with_a_result() throws Exception {
        AgentRig rig = agent(
                AgentRig.tool("look", (context, arguments) -> "seen"),
                AgentRig.tool("breaks", (context, arguments) -> {
                    throw new IllegalStateException("broken inside");
                }),
                AgentRig.tool("odd", (context, arguments) -> new Object()),
                AgentRig.tool("overflows", (context, arguments) -> {
                    throw new StackOverflowError();
                }));
        mesh.then(
                calls(List.of(
                        Map.entry("format_disk", "{}"),
                        Map.entry("look", "{\"abuot\":\"x\"}"),
                        Map.entry("look", "{\"about\":"),
                        Map.entry("look", "[1]"),
                        Map.entry("breaks", "{}"),
                        Map.entry("odd", "{}"),
                        Map.entry("overflows", "{}"),
                        Map.entry("look", ""))),
                text("done"));
        assertThat(rig.run(task("t1")).text("status")).contains("complete");
        List<String> results = mesh.modelCalls().getLast().messages().stream()
                .filter(message -> message.text("role").equals(Optional.of("tool")))
                .map(message -> message.text("content").orElse(""))
                .toList();
        assertThat(results).hasSize(8);
        assertThat(results.get(0))
                .contains("error")
                .contains("no tool of that name")
                .contains("look");
        assertThat(results.get(1))
                .contains("error")
                .contains("Unknown argument abuot")
                .contains("about");
        assertThat(results.get(2)).contains("error").contains("not a JSON object");
        assertThat(results.get(3)).contains("error").contains("not a JSON object");
        assertThat(results.get(4)).contains("error").contains("broken inside");
        assertThat(results.get(5)).contains("error").contains("not JSON");
        assertThat(results.get(6)).contains("error").contains("StackOverflowError");
        assertThat(results.get(7)).isEqualTo("\"seen\"");
    }

    @Test
    void calls_in_one_answer_run_in_their_order_and_their_results_stand_in_it() throws Exception {
        List<Object> order = new ArrayList<>();
        AgentRig rig = agent(AgentRig.tool("look", (context, arguments) -> {
            synchronized (order) {
                order.add(arguments.getOrDefault("about", ""));
            }
            return arguments;
        }));
        mesh.then(
                calls(List.of(
                        Map.entry("look", "{\"about\":\"a\"}"),
                        Map.entry("look", "{\"about\":\"b\"}"),
                        Map.entry("look", "{\"about\":\"c\"}"))),
                text("done"));
        var _ = rig.run(task("t1"));
        assertThat(order).containsExactly("a", "b", "c");
        assertThat(mesh.modelCalls().getLast().messages().stream()
                        .map(message -> message.text("tool_call_id"))
                        .flatMap(Optional::stream))
                .containsExactly("c0", "c1", "c2");
    }

    @Test
    void a_busy_agent_takes_no_other_task_and_a_known_one_not_twice() throws Exception {
        var gate = new CountDownLatch(1);
        AgentRig rig = agent(AgentRig.tool("wait", (context, arguments) -> {
            gate.await();
            return "done";
        }));
        mesh.then(call("wait", "{}"), text("first"), text("second"));
        assertThat(rig.post("/task", task("t1")).all()).isEqualTo(Map.of("accepted", true, "status", "executing"));
        Members busy = rig.post("/task", task("t2"));
        assertThat(busy.truth("accepted")).contains(false);
        assertThat(busy.text("status")).contains("busy");
        assertThat(rig.post("/task", task("t1")).truth("accepted")).contains(true);
        assertThat(rig.get("/status").text("state")).contains("working");
        assertThat(rig.get("/status").text("current_task")).contains("t1");
        assertThat(rig.send("GET", "/result?task_id=t1", Map.of()).statusCode()).isEqualTo(404);
        gate.countDown();
        Eventually.until("the result", () -> rig.result("t1").isPresent());
        assertThat(rig.post("/task", task("t1")).truth("accepted")).contains(true);
        assertThat(rig.run(task("t2")).object("result").text("raw")).contains("second");
        assertThat(mesh.to("/mesh/message")).hasSize(2);
        assertThat(rig.get("/status").whole("tasks_completed")).contains(2L);
        assertThat(rig.send("GET", "/result?task_id=t9", Map.of()).statusCode()).isEqualTo(404);
    }

    @Test
    void a_cancelled_task_is_interrupted_where_it_stands() throws Exception {
        var interrupted = new AtomicBoolean();
        var started = new CountDownLatch(1);
        AgentRig rig = agent(AgentRig.tool("wait", (context, arguments) -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException cancelled) {
                interrupted.set(true);
                throw cancelled;
            }
            return "never";
        }));
        mesh.then(call("wait", "{}"));
        assertThat(rig.post("/task", task("t1")).truth("accepted")).contains(true);
        started.await();
        assertThat(rig.post("/cancel", Map.of("task_id", "another")).text("status"))
                .contains("cancelled");
        assertThat(rig.get("/status").text("current_task")).contains("t1");
        assertThat(rig.post("/cancel", Map.of()).all()).isEqualTo(Map.of("status", "cancelled"));
        assertThat(rig.get("/status").text("state")).contains("idle");
        assertThat(rig.get("/result?task_id=t1").text("status")).contains("cancelled");
        assertThat(interrupted).isTrue();
        assertThat(rig.get("/status").whole("tasks_failed")).contains(1L);
    }

    @Test
    void a_cancelled_task_that_ends_its_step_in_time_starts_no_other() throws Exception {
        mesh.then(call("look", "{}"), text("too late"));
        AgentRig rig = agent();
        var tool = AgentRig.tool("look", (context, arguments) -> "seen");
        var assignment = Assignment.of(new Members(task("t1"))).orElseThrow();
        Outcome outcome = new TaskLoop(rig.loopAgent(tool))
                .run(
                        assignment,
                        new Spending(assignment.budget()),
                        new Steers(),
                        () -> !mesh.modelCalls().isEmpty());
        assertThat(outcome.status()).isEqualTo("cancelled");
        assertThat(mesh.modelCalls()).hasSize(1);
    }

    @Test
    void a_task_ends_when_its_time_is_over() throws Exception {
        AgentRig rig = agent();
        mesh.then((exchange, call) -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
        });
        Members late = rig.run(task("t1", "timeout", 0.3));
        assertThat(late.text("status")).contains("timeout");
        assertThat(late.text("error")).isPresent();
        assertThat(rig.get("/status").text("state")).contains("idle");
        assertThat(rig.run(task("t2")).text("status")).contains("complete");
    }

    @Test
    void a_result_is_told_again_until_the_mesh_takes_it_and_can_be_read_meanwhile() throws Exception {
        AgentRig rig = agent();
        mesh.fabricRefuses(4);
        mesh.then(text("done"));
        assertThat(rig.run(task("t1")).text("status")).contains("complete");
        Eventually.until("the fifth try", () -> mesh.to("/mesh/message").size() == 5);
        assertThat(Eventually.settled(
                        "the tries", () -> mesh.to("/mesh/message").size()))
                .isEqualTo(5);
        assertThat(rig.pauses).extracting(Duration::toSeconds).containsExactly(1L, 2L, 4L, 8L);
        assertThat(mesh.to("/mesh/message"))
                .extracting(call -> call.body().object("payload"))
                .containsOnly(rig.get("/result?task_id=t1"));
    }

    @Test
    void what_others_wrote_reaches_the_model_without_invisible_or_bidirectional_characters() throws Exception {
        AgentRig rig = agent(AgentRig.tool(
                "look",
                (context, arguments) ->
                        Map.of("pa\u202Ege", "safe\u202Eetad\u2066\u200B\u0007\uDB40\uDC41 \u00FC\uD83D\uDE00")));
        mesh.then(call("look", "{}"), text("done"));
        var _ = rig.run(task("t1", "input_data", Map.of("text", "pay\u200B me\u2028now\u202A")));
        assertThat(mesh.modelCalls().getFirst().prompt()).contains("pay me\\nnow");
        assertThat(mesh.modelCalls().getLast().messages().getLast().text("content"))
                .contains("{\"page\":\"safeetad \u00FC\uD83D\uDE00\"}");
        assertThat(mesh.modelCalls().getLast().prompt())
                .doesNotContainPattern("[\u200B\u202A-\u202E\u2066-\u2069\u0007]");
    }

    @Test
    void a_result_that_is_larger_than_the_mesh_takes_fails_the_task_saying_so() throws Exception {
        AgentRig rig = agent();
        mesh.then(text("x".repeat(300_000)), text("small"));
        Members failed = rig.run(task("t1"));
        assertThat(failed.text("status")).contains("failed");
        assertThat(failed.text("error"))
                .hasValueSatisfying(why -> assertThat(why).contains("larger than 262144"));
        assertThat(rig.get("/result?task_id=t1").text("status")).contains("failed");
        mesh.fabricAnswers(refuse(413, "{}"));
        var _ = rig.run(task("t2"));
        Eventually.until("told as failed", () -> mesh.to("/mesh/message").size() == 3);
        assertThat(mesh.to("/mesh/message").getLast().body().object("payload").text("error"))
                .hasValueSatisfying(why -> assertThat(why).contains("larger"));
    }

    @Test
    void a_result_that_the_mesh_did_not_deliver_is_told_again_but_not_for_ever() throws Exception {
        AgentRig rig = agent();
        mesh.fabricAnswers(IntStream.range(0, 9)
                .mapToObj(i -> refuse(200, "{\"delivered\":false}"))
                .toArray(FakeMesh.Turn[]::new));
        mesh.then(text("done"), text("done"));
        var _ = rig.run(task("t1"));
        Eventually.until("told eight times", () -> mesh.to("/mesh/message").size() == 8);
        var _ = rig.run(task("t2"));
        Eventually.until("told again", () -> mesh.to("/mesh/message").size() == 10);
        assertThat(mesh.to("/mesh/message").getLast().body().object("payload").text("task_id"))
                .contains("t2");
    }

    @Test
    void many_results_take_little_room_and_the_tasks_stay_known() throws Exception {
        AgentRig rig = agent();
        mesh.always(text("x".repeat(250_000)));
        for (int i = 0; i < 20; i++) {
            assertThat(rig.run(task("t" + i)).text("status")).contains("complete");
        }
        assertThat(rig.send("GET", "/result?task_id=t0", Map.of()).statusCode()).isEqualTo(404);
        assertThat(rig.send("GET", "/result?task_id=t19", Map.of()).statusCode())
                .isEqualTo(200);
        assertThat(rig.post("/task", task("t0")).truth("accepted")).contains(true);
        assertThat(mesh.modelCalls()).as("t0 is not run again").hasSize(20);
    }

    @Test
    void a_long_result_of_a_tool_is_cut_so_that_its_short_members_stay() throws Exception {
        AgentRig rig = agent(AgentRig.tool(
                "look",
                (context, arguments) -> Map.of("stdout", "x".repeat(500_000), "stderr", "oops", "exit_code", 3)));
        mesh.then(call("look", "{}"), text("done"));
        var _ = rig.run(task("t1"));
        String result =
                mesh.modelCalls().getLast().messages().getLast().text("content").orElseThrow();
        assertThat(result).hasSizeBetween(60_000, 120_000);
        Members members = new Members(Json.object(result));
        assertThat(members.text("stderr")).contains("oops");
        assertThat(members.whole("exit_code")).contains(3L);
        assertThat(members.text("stdout"))
                .hasValueSatisfying(text -> assertThat(text).contains("[cut: "));
    }

    @Test
    void the_agents_tokens_reach_neither_the_model_nor_a_result_nor_the_log() throws Exception {
        AgentRig rig =
                agent(AgentRig.tool("look", (context, arguments) -> "token " + FakeMesh.TOKEN + AgentRig.INBOUND));
        mesh.then(call("look", "{}"), text("{\"result\":{\"" + FakeMesh.TOKEN + "\":\"" + AgentRig.INBOUND + "\"}}"));
        assertThat(rig.run(task("t1", "task_type", "say " + FakeMesh.TOKEN))
                        .object("result")
                        .all())
                .isEqualTo(Map.of("***", "***"));
        assertThat(mesh.modelCalls().getLast().messages().getLast().text("content"))
                .contains("\"token ******\"");
        assertThat(rig.get("/history").list("logs").toString())
                .contains("say ***")
                .doesNotContain(FakeMesh.TOKEN);
    }

    @Test
    void what_is_said_to_a_task_reaches_that_task_or_nobody() throws Exception {
        var started = new CountDownLatch(2);
        var gate = new CountDownLatch(1);
        AgentRig rig = agent(AgentRig.tool("wait", (context, arguments) -> {
            started.countDown();
            gate.await();
            return "waited";
        }));
        assertThat(rig.post("/chat/steer", Map.of("message", "for the chat")).truth("injected"))
                .contains(false);
        mesh.then(call("wait", "{}"), (exchange, call) -> {
            started.countDown();
            try {
                var _ = rig.post("/chat/steer", Map.of("message", "too late"));
            } catch (Exception failed) {
                throw new IOException(failed);
            }
            text("done").answer(exchange, call);
        });
        assertThat(rig.post("/task", task("t1")).truth("accepted")).contains(true);
        Eventually.until("it waits", () -> started.getCount() == 1);
        assertThat(rig.post("/chat/steer", Map.of("message", "for the task")).truth("injected"))
                .contains(true);
        gate.countDown();
        Eventually.until("it ended", () -> rig.result("t1").isPresent());
        assertThat(mesh.modelCalls().getLast().prompt())
                .contains("for the task")
                .doesNotContain("for the chat");
        mesh.then(text("done"), text("well"));
        var _ = rig.run(task("t2"));
        assertThat(mesh.modelCalls().getLast().prompt()).doesNotContain("too late", "for the chat");
        var _ = rig.chat("Well?");
        assertThat(mesh.modelCalls().getLast().prompt())
                .contains("for the chat")
                .doesNotContain("too late");
    }
}
