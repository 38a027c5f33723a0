package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Several tasks of one run at the same time: together they never cost more than the run may, counted at the upstream.
///
/// Nobody but a workflow hands out tasks of a run. Here they are in the store before the mesh starts, which takes them
/// up as it does after a crash.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class RunBudgetTest {

    private static final String RUN = "wf_0123456789ab";
    private static final long PICO = 4_000_000_000L;
    private static final long SMALL_INPUT = 1_000_000;
    private static final long SMALL_OUTPUT = 2_000_000;
    private static final List<String> AGENTS = List.of("one", "two", "three");
    private static final int KILLS = 3;

    private Upstream upstream;
    private MeshHome home;
    private Mesh mesh;
    private final List<TaskAgent> agents = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        upstream = Upstream.start();
        home = MeshHome.in(upstream);
        for (String name : AGENTS) {
            TaskAgent agent = TaskAgent.start();
            agents.add(agent);
            home = home.pushed(name, agent.url(), "\"allowed_apis\": [\"llm\"]");
        }
        mesh = Mesh.start(home);
        mesh.kill();
        for (String name : AGENTS) {
            queue(name);
        }
        mesh = Mesh.start(home);
        for (TaskAgent agent : agents) {
            var _ = agent.awaitTask(1);
        }
    }

    @AfterEach
    void stop() throws Exception {
        mesh.kill();
        agents.forEach(TaskAgent::close);
        upstream.close();
        home.delete();
    }

    @Test
    void parallel_tasks_use_their_runs_money_up_and_none_beyond_it() throws Exception {
        List<Reply> refusals = allAtOnce(name -> callUntilRefused(name, 60));

        Counts counts = upstream.counts();
        assertThat(cost(counts)).isBetween(PICO * 9 / 10, PICO);
        assertThat(refusals).hasSize(AGENTS.size()).allSatisfy(reply -> {
            assertThat(reply.error().getJsonObject("openlegion").getString("reason"))
                    .isEqualTo("task_budget_exceeded");
            assertThat(reply.error().getString("message")).startsWith("Run budget exceeded");
            assertThat(reply.error().getJsonObject("openlegion").getDouble("limit_usd"))
                    .isEqualTo(0.004);
        });
        long spent = 0;
        long tokens = 0;
        for (String name : AGENTS) {
            JsonObject ended = end(name);
            assertThat(ended.getString("status")).isEqualTo("failed");
            assertThat(ended.getString("error")).isEqualTo("run budget exceeded");
            assertThat(Spend.pico(ended, "unreconciled_usd")).isZero();
            assertThat(Spend.pico(ended, "cost_usd"))
                    .as("%s had its share", name)
                    .isGreaterThan(PICO / 10);
            spent += Spend.pico(ended, "cost_usd");
            tokens += ended.getLong("tokens_used");
        }
        assertThat(spent).isEqualTo(cost(counts));
        assertThat(tokens).isEqualTo(counts.inputTokens() + counts.outputTokens());
        // the run is over its budget, its agents are not
        assertThat(mesh.chat("one", Chat.with("tokens=9")).status()).isEqualTo(200);
    }

    @Test
    void a_call_whose_money_others_hold_comes_back_and_its_task_goes_on() {
        // without a maximum it holds all that the run has
        try (EventStream stream = mesh.stream("one", Chat.with("tokens=40 pace=50"))) {
            assertThat(stream.next()).isNotNull();
            Reply held = mesh.chat("two", call(9));
            assertThat(held.status()).as("%s", held.body()).isEqualTo(503);
            assertThat(held.header("retry-after")).isEqualTo("1");
            assertThat(held.header("x-should-retry")).isEmpty();
            assertThat(held.error().getJsonObject("openlegion").getString("reason"))
                    .isEqualTo("run_budget_held");
            assertThat(stream.all()).last().isEqualTo("[DONE]");
        }
        Eventually.until(
                "the run has its money back", () -> mesh.chat("two", call(9)).status() == 200);
        JsonObject ended = end("two");
        assertThat(ended.getString("status")).as("%s", ended).isEqualTo("complete");
    }

    @Test
    void a_provider_that_ignores_the_clamped_maximum_is_cut_at_the_runs_end() {
        try (EventStream stream = mesh.stream("one", Chat.with("tokens=9000 ignore_max pace=1"))) {
            String all = String.join("\n", stream.all());
            assertThat(all).contains("task_budget_exceeded").contains("\"finish_reason\":\"length\"");
        }
        Reply refused = mesh.chat("two", Chat.with("tokens=9"));
        assertThat(refused.status()).isEqualTo(402);
        assertThat(refused.error().getString("message")).startsWith("Run budget exceeded");
    }

    @Test
    void kills_under_load_give_a_run_nothing_back() throws Exception {
        for (int kill = 0; kill < KILLS; kill++) {
            Mesh current = mesh;
            Counts before = upstream.counts();
            List<Thread> callers = new ArrayList<>();
            for (String name : AGENTS) {
                callers.add(Thread.startVirtualThread(() -> callWhileItLives(current, name)));
            }
            Eventually.until(
                    "the upstream is at work", () -> upstream.counts().outputTokens() > before.outputTokens() + 100);
            mesh.kill();
            for (Thread caller : callers) {
                caller.join();
            }
            mesh = Mesh.start(home);
        }
        List<Reply> refusals = allAtOnce(name -> callUntilRefused(name, 60));
        assertThat(refusals)
                .allMatch(reply -> reply.error().getString("message").startsWith("Run budget exceeded"));
        upstream.awaitQuiet();
        // also what calls that were cut off by a kill went on to produce
        assertThat(cost(upstream.counts())).isBetween(PICO / 4, PICO);
        long known = 0;
        for (String name : AGENTS) {
            JsonObject ended = end(name);
            assertThat(ended.getString("error")).isEqualTo("run budget exceeded");
            known += Spend.pico(ended, "cost_usd") + Spend.pico(ended, "unreconciled_usd");
        }
        assertThat(known).isGreaterThanOrEqualTo(cost(upstream.counts()));
    }

    /// One call of each agent at a time, all agents at once.
    private static List<Reply> allAtOnce(Function<String, Reply> calls) throws InterruptedException {
        List<Reply> last = new CopyOnWriteArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (String name : AGENTS) {
            threads.add(Thread.startVirtualThread(() -> last.add(calls.apply(name))));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return last;
    }

    private Reply callUntilRefused(String agent, int tokens) {
        for (int answers = 0; answers < 500; ) {
            Reply reply = mesh.chat(agent, call(tokens));
            if (reply.status() == 402) {
                return reply;
            }
            if (isAnswered(reply)) {
                answers++;
            }
        }
        throw new AssertionError("never refused");
    }

    /// Whether a call was answered; else other calls of the run hold what it needs, and it is to be repeated.
    private static boolean isAnswered(Reply reply) {
        boolean held = reply.status() == 503;
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(held ? 503 : 200);
        if (held) {
            assertThat(reply.error().getString("code")).isEqualTo("run_budget_held");
        }
        return !held;
    }

    private static void callWhileItLives(Mesh mesh, String agent) {
        try {
            for (int calls = 0; calls < 500; calls++) {
                int status = mesh.chat(agent, call(40)).status();
                if (status != 200 && status != 503) {
                    return;
                }
            }
        } catch (RuntimeException | AssertionError killed) {
            // that is what the test does
        }
    }

    /// With a maximum of its own: without one a call holds all that its run has left, and a crash may strand that.
    private static JsonObject call(int tokens) {
        return Chat.with("tokens=" + tokens).put("max_tokens", tokens);
    }

    private static long cost(Counts counts) {
        return counts.inputTokens() * SMALL_INPUT + counts.outputTokens() * SMALL_OUTPUT;
    }

    private JsonObject end(String agent) {
        var report = new JsonObject()
                .put("to", "orchestrator")
                .put("type", "task_result")
                .put("payload", TaskAgent.result(task(agent), "complete"));
        assertThat(mesh.post(agent, "/mesh/message", report).json().getBoolean("delivered"))
                .isTrue();
        return mesh.control("GET", "/control/tasks/" + task(agent), null).json();
    }

    private static String task(String agent) {
        return RUN + ":" + agent + ":1";
    }

    private void queue(String agent) throws SQLException {
        String url = "jdbc:sqlite:" + home.root().resolve("data/openlegion.db");
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO task (id, agent, workflow, step, type, input, context, timeout_s, run_max_pico,"
                                + " dispatched_by, status, queued_ms, started_ms, ended_ms, item)"
                                + " VALUES (?, ?, ?, ?, 'test', '{}', '{}', 600, ?, 'workflow', 'queued', ?, 0, 0, 0)")) {
            insert.setString(1, task(agent));
            insert.setString(2, agent);
            insert.setString(3, RUN);
            insert.setString(4, agent);
            insert.setLong(5, PICO);
            insert.setLong(6, System.currentTimeMillis());
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
    }
}
