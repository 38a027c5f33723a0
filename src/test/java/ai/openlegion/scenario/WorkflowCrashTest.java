package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A mesh that is killed again and again while a run of ten steps is under way, whose agents make real calls.
@Timeout(600)
@ExtendWith(LogOnFailure.class)
class WorkflowCrashTest {

    private static final int STEPS = 10;
    private static final long SMALL_INPUT = 1_000_000;
    private static final long SMALL_OUTPUT = 2_000_000;
    private static final String TEN = """
            name: ten
            timeout: 600
            budget: {max_usd: 1.00}
            steps:
              - {id: start, agent: one, task_type: work}
              - {id: left, agent: one, task_type: work, depends_on: [start]}
              - {id: right, agent: two, task_type: work, depends_on: [start]}
              - {id: join, agent: three, task_type: work, depends_on: [left, right], input_from: left.result}
              - {id: a, agent: one, task_type: work, depends_on: [join]}
              - {id: b, agent: two, task_type: work, depends_on: [join]}
              - {id: c, agent: three, task_type: work, depends_on: [join]}
              - {id: d, agent: one, task_type: work, depends_on: [a, b], condition: "a.n == 5 or b.status == 'complete'"}
              - {id: e, agent: two, task_type: work, depends_on: [c]}
              - {id: end, agent: three, task_type: work, depends_on: [d, e]}
            """;

    private final Semaphore turns = new Semaphore(0);
    private final AtomicInteger told = new AtomicInteger();
    private final AtomicReference<Mesh> mesh = new AtomicReference<>();
    private final Map<String, TaskAgent> agents = new HashMap<>();
    private Upstream upstream;
    private MeshHome home;

    @BeforeEach
    void start() throws Exception {
        upstream = Upstream.start();
        home = MeshHome.in(upstream).with("config/workflows/ten.yaml", TEN);
        for (String name : List.of("one", "two", "three")) {
            TaskAgent agent = TaskAgent.start();
            agents.put(name, agent.doing(task -> work(name, task)));
            var _ = home.pushed(name, agent.url(), "\"allowed_apis\": [\"llm\"]");
        }
        mesh.set(Mesh.start(home));
    }

    @AfterEach
    void stop() throws Exception {
        agents.values().forEach(TaskAgent::close);
        mesh.get().close();
        upstream.close();
        home.delete();
    }

    /// When it is its turn: a call through the mesh, and the result to it.
    private void work(String agent, JsonObject task) {
        turns.acquireUninterruptibly();
        Reply answer = mesh.get().chat(agent, Chat.with("tokens=20").put("max_tokens", 40));
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        JsonObject result = TaskAgent.result(task.getString("task_id"), "complete")
                .put("result", new JsonObject().put("step", task.getString("step_id")));
        assertThat(tell(agent, result)).isTrue();
        told.incrementAndGet();
    }

    private boolean tell(String agent, JsonObject payload) {
        return mesh.get()
                .post(
                        agent,
                        "/mesh/message",
                        new JsonObject()
                                .put("to", "orchestrator")
                                .put("type", "task_result")
                                .put("payload", payload))
                .json()
                .getBoolean("delivered");
    }

    private void kill() throws Exception {
        mesh.get().kill();
        mesh.set(Mesh.start(home));
    }

    private int taken() {
        return agents.values().stream().mapToInt(agent -> agent.tasks().size()).sum();
    }

    private JsonObject run(String id) {
        return mesh.get().control("GET", "/control/runs/" + id, null).json();
    }

    private String begin() {
        Reply reply = mesh.get()
                .control(
                        "POST",
                        "/control/workflows/ten/runs",
                        new JsonObject().put("input", new JsonObject().put("x", 1)));
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(202);
        return reply.json().getString("execution_id");
    }

    @Test
    void a_run_goes_on_after_each_kill_to_the_same_result_and_costs_what_its_calls_cost() throws Exception {
        String id = begin();
        kill();
        for (int done = 0; done < STEPS; done++) {
            int before = done;
            Eventually.until("a task is out", () -> taken() > before);
            // each step is met by one kill: while its agent works, or right behind the answer to its result
            if (done % 2 == 0) {
                kill();
            }
            turns.release();
            Eventually.until("its result is told", () -> told.get() > before);
            if (done % 2 == 1) {
                kill();
            }
        }
        Eventually.until("the run is over", () -> run(id).getValue("finished_at") != null);
        JsonObject run = run(id);
        assertThat(run.getString("status")).as("%s", run.encodePrettily()).isEqualTo("complete");
        Counts counts = upstream.counts();
        assertThat(counts.requests()).as("calls, one for each step").isEqualTo(STEPS);
        assertThat(taken()).as("tasks, one for each step").isEqualTo(STEPS);
        long cost = counts.inputTokens() * SMALL_INPUT + counts.outputTokens() * SMALL_OUTPUT;
        assertThat(Spend.pico(run, "cost_usd")).isEqualTo(cost);
        assertThat(run.getLong("tokens")).isEqualTo(counts.inputTokens() + counts.outputTokens());
        long steps = 0;
        JsonArray all = run.getJsonArray("steps");
        assertThat(all).hasSize(STEPS);
        for (int at = 0; at < all.size(); at++) {
            JsonObject step = all.getJsonObject(at);
            assertThat(step.getString("status")).as("%s", step).isEqualTo("complete");
            assertThat(step.getInteger("attempts")).as("%s", step).isEqualTo(1);
            assertThat(step.getJsonObject("result").getString("step")).isEqualTo(step.getString("id"));
            steps += Spend.pico(step, "cost_usd");
        }
        assertThat(steps).as("the steps' costs together").isEqualTo(cost);
    }

    @Test
    void a_result_from_a_wrong_agent_or_of_an_attempt_that_is_over_is_not_delivered_and_audited() throws Exception {
        String id = begin();
        JsonObject task = Objects.requireNonNull(agents.get("one")).awaitTask(1);
        JsonObject theirs =
                TaskAgent.result(task.getString("task_id"), "complete").put("result", "theirs");
        assertThat(tell("two", theirs)).isFalse();
        turns.release();
        Eventually.until("its result is told", () -> told.get() == 1);
        assertThat(tell("one", theirs)).isFalse();
        Eventually.until(
                "the step is over",
                () -> run(id).getJsonArray("steps")
                        .getJsonObject(0)
                        .getString("status")
                        .equals("complete"));
        assertThat(run(id).getJsonArray("steps").getJsonObject(0).getJsonObject("result"))
                .isEqualTo(new JsonObject().put("step", "start"));
        try (EventSource events = mesh.get().events("after=0&agent=two&action=task.result")) {
            assertThat(events.next(2))
                    .extracting(event -> event.item().getString("decision"))
                    .contains("allowed")
                    .anyMatch(decision -> decision.startsWith("refused"));
        }
    }
}
