package ai.openlegion.scenario;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Tasks from their dispatch to their end, with an agent that is pushed to and one that pulls, and their budgets
/// counted at the upstream.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class TaskTest {

    private static final long SMALL_INPUT = 1_000_000;
    private static final long SMALL_OUTPUT = 2_000_000;

    private static Upstream upstream;
    private static TaskAgent worker;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        worker = TaskAgent.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .pushed("worker", worker.url(), "\"allowed_apis\": [\"llm\"], \"can_message\": [\"*\"]")
                .agent("puller", "1")
                .agent("other", "1"));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        worker.close();
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
        worker.busy(false);
        var _ = worker.doing(_ -> {});
    }

    @AfterEach
    void nothingRunsOn() {
        for (JsonObject task : worker.tasks()) {
            var _ = mesh.control("POST", "/control/tasks/" + task.getString("task_id") + "/cancel", null);
        }
    }

    @Test
    void a_task_of_five_calls_is_booked_to_agent_and_task_as_the_upstream_counted() {
        Spend before = mesh.settledSpend("worker");
        var _ = worker.doing(task -> {
            for (int call = 0; call < 5; call++) {
                assertThat(mesh.chat("worker", Chat.with("tokens=" + (10 + call)))
                                .status())
                        .isEqualTo(200);
            }
            report("worker", TaskAgent.result(id(task), "complete").put("result", new JsonObject().put("sum", 42)));
        });
        String task = dispatch("worker", new JsonObject());
        JsonObject ended = await(task, "complete");

        assertThat(ended.getJsonObject("result")).isEqualTo(new JsonObject().put("sum", 42));
        Counts counts = upstream.counts();
        assertThat(counts.requests()).isEqualTo(5);
        long cost = counts.inputTokens() * SMALL_INPUT + counts.outputTokens() * SMALL_OUTPUT;
        assertThat(ended.getLong("tokens_used")).isEqualTo(counts.inputTokens() + counts.outputTokens());
        assertThat(Spend.pico(ended, "cost_usd")).isEqualTo(cost);
        assertThat(Spend.pico(ended, "unreconciled_usd")).isZero();
        assertThat(mesh.settledSpend("worker").spent() - before.spent()).isEqualTo(cost);

        var _ = mesh.chat("worker", Chat.with("tokens=7"));
        JsonObject row = usage(task);
        assertThat(row.getLong("calls")).isEqualTo(5);
        assertThat(row.getLong("input_tokens") + row.getLong("output_tokens")).isEqualTo(ended.getLong("tokens_used"));
        assertThat(Spend.pico(row, "spent_usd")).isEqualTo(cost);
        assertThat(read(task).getLong("tokens_used"))
                .as("a call after the end")
                .isEqualTo(row.getLong("input_tokens") + row.getLong("output_tokens"));
    }

    @Test
    void no_token_is_produced_beyond_a_tasks_token_budget_and_the_task_fails_saying_so() {
        String task = dispatch("worker", budget(new JsonObject().put("max_tokens", 600)));
        awaitRunning(task);
        assertThat(requireNonNull(last(task)).getJsonObject("token_budget").getLong("max_tokens"))
                .isEqualTo(600);

        Reply refused = callUntilRefused("worker", 50);

        Counts counts = upstream.counts();
        assertThat(counts.inputTokens() + counts.outputTokens()).isBetween(300L, 600L);
        assertThat(refused.error().getString("type")).isEqualTo("insufficient_quota");
        JsonObject reason = refused.error().getJsonObject("openlegion");
        assertThat(reason.getString("reason")).isEqualTo("task_budget_exceeded");
        assertThat(reason.getLong("limit_tokens")).isEqualTo(600);
        assertThat(reason.getLong("used_tokens")).isEqualTo(counts.inputTokens() + counts.outputTokens());
        assertThat(reason.getValue("resets_at")).isNull();
        assertThat(refused.header("x-should-retry")).isEqualTo("false");
        assertThat(refused.header("retry-after")).isEmpty();

        JsonObject envelope =
                new JsonObject().put("service", "llm").put("action", "chat").put("params", Chat.with("tokens=9"));
        JsonObject answer = mesh.post("worker", "/mesh/api", envelope).json();
        assertThat(answer.getBoolean("success")).isFalse();
        assertThat(answer.getInteger("status_code")).isEqualTo(402);
        assertThat(answer.getString("error_type")).isEqualTo("task_budget_exceeded");
        assertThat(answer.getJsonObject("data").getString("reason")).isEqualTo("task_budget_exceeded");
        assertThat(mesh.post("worker", "/mesh/api/stream", envelope).body())
                .contains("\"type\":\"error\"", "\"error_type\":\"task_budget_exceeded\"");

        report("worker", TaskAgent.result(task, "failed").put("error", "no money"));
        assertThat(await(task, "failed").getString("error")).isEqualTo("task budget exceeded: no money");
        assertThat(mesh.chat("worker", Chat.with("tokens=9")).status()).isEqualTo(200);
    }

    @Test
    void a_task_that_was_refused_a_call_fails_whatever_its_agent_makes_of_it() {
        String done = dispatch("worker", budget(new JsonObject().put("max_usd", 0)));
        awaitRunning(done);
        assertThat(mesh.chat("worker", Chat.with("tokens=9")).status()).isEqualTo(402);
        JsonObject half = TaskAgent.result(done, "complete").put("promote_to_blackboard", new JsonObject().put("k", 1));
        assertThat(report("worker", half)).isTrue();
        assertThat(await(done, "failed").getString("error")).isEqualTo("task budget exceeded");
        assertThat(read(done).getValue("promote_to_blackboard")).isNull();

        String silent = dispatch("worker", budget(new JsonObject().put("max_usd", 0)));
        awaitRunning(silent);
        assertThat(mesh.chat("worker", Chat.with("tokens=9")).status()).isEqualTo(402);
        assertThat(await(silent, "failed").getString("error"))
                .isEqualTo("task budget exceeded: its agent did not end it");
    }

    @Test
    void a_tasks_money_is_used_to_less_than_its_smallest_call_and_never_beyond() {
        String task = dispatch("worker", budget(new JsonObject().put("max_usd", 0.001)));
        awaitRunning(task);

        var _ = callUntilRefused("worker", 120);

        Counts counts = upstream.counts();
        long cost = counts.inputTokens() * SMALL_INPUT + counts.outputTokens() * SMALL_OUTPUT;
        assertThat(cost).isLessThanOrEqualTo(1_000_000_000L);
        assertThat(Spend.pico(read(task), "cost_usd")).isEqualTo(cost);
        // what is left does not pay for the bound of the input and the 16 tokens that are worth a call
        assertThat(cost).isGreaterThan(700_000_000L);
    }

    @Test
    void a_provider_that_ignores_the_clamped_maximum_is_cut_at_the_tasks_budget() {
        String task = dispatch("worker", budget(new JsonObject().put("max_tokens", 400)));
        awaitRunning(task);

        try (EventStream stream = mesh.stream("worker", Chat.with("tokens=5000 ignore_max pace=1"))) {
            String all = String.join("\n", stream.all());
            assertThat(all).contains("task_budget_exceeded").contains("\"finish_reason\":\"length\"");
        }
        JsonObject state = read(task);
        assertThat(Spend.pico(state, "cost_usd") + Spend.pico(state, "unreconciled_usd"))
                .isPositive();
        assertThat(mesh.chat("worker", Chat.with("tokens=9")).status()).isEqualTo(402);
    }

    @Test
    void the_official_sdk_raises_its_own_error_for_an_exhausted_task_and_does_not_retry() throws Exception {
        String task = dispatch("worker", budget(new JsonObject().put("max_usd", 0)));
        awaitRunning(task);
        JsonObject options = new JsonObject().put("model", "sim/small").put("say", "hello");

        JsonObject result = Node.sdk(mesh, "worker", "plain", options);

        assertThat(result.getString("failed")).as("%s", result).isEqualTo("APIError");
        assertThat(result.getInteger("status")).isEqualTo(402);
        assertThat(result.getString("code")).isEqualTo("insufficient_quota");
        assertThat(result.getInteger("requests")).isEqualTo(1);
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void a_result_counts_only_from_the_agent_that_has_the_task_and_once() {
        String task = dispatch("worker", new JsonObject());
        awaitRunning(task);
        JsonObject result = TaskAgent.result(task, "complete").put("result", "mine");

        assertThat(report("other", result)).isFalse();
        assertThat(report("worker", TaskAgent.result(task, "excellent"))).isFalse();
        assertThat(read(task).getString("status")).isEqualTo("running");
        assertThat(report("worker", result.copy().put("promote_to_blackboard", new JsonObject().put("k", 1))))
                .isTrue();
        assertThat(report("worker", result.copy().put("result", "again"))).isFalse();
        JsonObject ended = read(task);
        assertThat(ended.getString("status")).isEqualTo("complete");
        assertThat(ended.getString("result")).isEqualTo("mine");
        assertThat(ended.getJsonObject("promote_to_blackboard")).isEqualTo(new JsonObject().put("k", 1));
    }

    @Test
    void a_time_out_and_a_cancel_reach_the_agent_and_the_next_task_follows() {
        int before = worker.tasks().size();
        String late = dispatch("worker", new JsonObject().put("timeout", 4));
        String next = dispatch("worker", new JsonObject());
        String never = dispatch("worker", new JsonObject());
        assertThat(read(next).getString("status")).isEqualTo("queued");

        assertThat(await(late, "timeout").getString("error")).contains("4 s");
        assertThat(worker.cancels()).contains(late);
        assertThat(id(worker.awaitTask(before + 2))).isEqualTo(next);

        assertThat(cancel(never).getString("status")).isEqualTo("cancelled");
        assertThat(cancel(next).getString("status")).isEqualTo("cancelled");
        assertThat(worker.cancels()).contains(next).doesNotContain(never);
        assertThat(report("worker", TaskAgent.result(next, "complete"))).isFalse();
        assertThat(worker.tasks()).hasSize(before + 2);
    }

    @Test
    void tasks_are_done_one_at_a_time_in_their_order() {
        int before = worker.tasks().size();
        List<String> ids = List.of(
                dispatch("worker", new JsonObject()),
                dispatch("worker", new JsonObject()),
                dispatch("worker", new JsonObject()));
        for (int i = 0; i < ids.size(); i++) {
            assertThat(id(worker.awaitTask(before + i + 1))).isEqualTo(ids.get(i));
            assertThat(worker.tasks()).hasSize(before + i + 1);
            assertThat(report("worker", TaskAgent.result(ids.get(i), "complete")))
                    .isTrue();
        }
    }

    @Test
    void a_steer_reaches_an_agent_that_is_too_busy_for_the_task_before_it() {
        worker.busy(true);
        int before = worker.tasks().size();
        String task = dispatch("worker", new JsonObject());
        JsonObject steer = new JsonObject().put("kind", "steer").put("message", "look here " + task);
        assertThat(mesh.control("POST", "/control/agents/worker/message", steer).status())
                .isEqualTo(200);

        Eventually.until("the steer arrives", () -> worker.steers().contains("look here " + task));
        assertThat(worker.tasks()).hasSize(before);
        worker.busy(false);
        assertThat(id(worker.awaitTask(before + 1))).isEqualTo(task);
    }

    @Test
    void an_agent_without_an_address_pulls_its_task_and_its_cancel() {
        AgentClient puller = AgentClient.of(mesh, "puller");
        String task = dispatch("puller", new JsonObject().put("input_data", new JsonObject().put("a", 1)));
        JsonObject item = puller.awaitItems(0, 1).getFirst();
        assertThat(item.getString("kind")).isEqualTo("task");
        assertThat(item.getJsonObject("payload").getString("task_id")).isEqualTo(task);
        assertThat(item.getJsonObject("payload").getJsonObject("input_data").getInteger("a"))
                .isEqualTo(1);
        var _ = cancel(task);
        JsonObject told = puller.awaitItems(item.getLong("seq"), 1).getFirst();
        assertThat(told.getString("type")).isEqualTo("cancel");
        assertThat(told.getJsonObject("payload").getString("task_id")).isEqualTo(task);
    }

    @Test
    void what_is_no_task_is_refused_in_words() {
        assertThat(mesh.control("POST", "/control/agents/nobody/tasks", task(new JsonObject()))
                        .status())
                .isEqualTo(404);
        assertThat(mesh.control("POST", "/control/agents/worker/tasks", new JsonObject())
                        .detail())
                .contains("task_type", "input_data");
        assertThat(mesh.control("GET", "/control/tasks/unheard-of", null).status())
                .isEqualTo(404);
        assertThat(mesh.control("POST", "/control/tasks/unheard-of/cancel", null)
                        .status())
                .isEqualTo(404);
    }

    private static Reply callUntilRefused(String agent, int tokens) {
        for (int calls = 0; calls < 500; calls++) {
            Reply reply = mesh.chat(agent, Chat.with("tokens=" + tokens));
            if (reply.status() == 402) {
                return reply;
            }
            assertThat(reply.status()).as("%s", reply.body()).isEqualTo(200);
        }
        throw new AssertionError("never refused");
    }

    private static JsonObject budget(JsonObject budget) {
        return new JsonObject().put("token_budget", budget);
    }

    private static JsonObject task(JsonObject members) {
        return new JsonObject()
                .put("task_type", "test")
                .put("input_data", new JsonObject())
                .mergeIn(members);
    }

    private static String dispatch(String agent, JsonObject members) {
        Reply reply = mesh.control("POST", "/control/agents/" + agent + "/tasks", task(members));
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(202);
        return reply.json().getString("task_id");
    }

    private static boolean report(String agent, JsonObject payload) {
        return mesh.post(
                        agent,
                        "/mesh/message",
                        new JsonObject()
                                .put("to", "orchestrator")
                                .put("type", "task_result")
                                .put("payload", payload))
                .json()
                .getBoolean("delivered");
    }

    private static JsonObject read(String task) {
        return mesh.control("GET", "/control/tasks/" + task, null).json();
    }

    private static JsonObject cancel(String task) {
        return mesh.control("POST", "/control/tasks/" + task + "/cancel", null).json();
    }

    private static JsonObject await(String task, String status) {
        Eventually.until(
                task + " is " + status, () -> read(task).getString("status").equals(status));
        return read(task);
    }

    private static void awaitRunning(String task) {
        Eventually.until("the agent has it", () -> last(task) != null);
    }

    private static @Nullable JsonObject last(String task) {
        return worker.tasks().stream()
                .filter(one -> id(one).equals(task))
                .findFirst()
                .orElse(null);
    }

    private static JsonObject usage(String task) {
        Eventually.until("usage of " + task, () -> row(task) != null);
        return requireNonNull(row(task));
    }

    private static @Nullable JsonObject row(String task) {
        JsonArray rows =
                mesh.control("GET", "/control/usage?group_by=task", null).json().getJsonArray("rows");
        return rows.stream()
                .map(JsonObject.class::cast)
                .filter(row -> row.getString("task").equals(task))
                .findFirst()
                .orElse(null);
    }

    private static String id(JsonObject task) {
        return task.getString("task_id");
    }
}
