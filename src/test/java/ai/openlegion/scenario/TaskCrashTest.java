package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A mesh that is killed while its agents have tasks: none is lost, none runs twice, none gets budget back.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class TaskCrashTest {

    private static final int KILLS = 3;
    private static final long MOST_TOKENS = 2_000;

    private Upstream upstream;
    private TaskAgent worker;
    private MeshHome home;

    @BeforeEach
    void start() throws Exception {
        upstream = Upstream.start();
        worker = TaskAgent.start();
        home = MeshHome.in(upstream).pushed("worker", worker.url(), "\"allowed_apis\": [\"llm\"]");
    }

    @AfterEach
    void stop() throws Exception {
        worker.close();
        upstream.close();
        home.delete();
    }

    @Test
    void a_killed_mesh_goes_on_with_its_tasks_and_gives_them_no_budget_back() throws Exception {
        Mesh mesh = Mesh.start(home);
        String task =
                dispatch(mesh, new JsonObject().put("token_budget", new JsonObject().put("max_tokens", MOST_TOKENS)));
        String next = dispatch(mesh, new JsonObject());
        assertThat(worker.awaitTask(1).getString("task_id")).isEqualTo(task);
        for (int kill = 0; kill < KILLS; kill++) {
            for (int call = 0; call < 3; call++) {
                var _ = mesh.chat("worker", call());
            }
            mesh.kill();
            mesh = Mesh.start(home);
            assertThat(read(mesh, task).getString("status")).isEqualTo("running");
            assertThat(read(mesh, next).getString("status")).isEqualTo("queued");
        }
        for (int call = 0; call < 500; call++) {
            if (mesh.chat("worker", call()).status() == 402) {
                break;
            }
        }
        Reply refused = mesh.chat("worker", call());
        assertThat(refused.status()).as("%s", refused.body()).isEqualTo(402);
        assertThat(refused.error().getJsonObject("openlegion").getString("reason"))
                .isEqualTo("task_budget_exceeded");
        Counts counts = upstream.counts();
        assertThat(counts.inputTokens() + counts.outputTokens())
                .as("what the upstream produced")
                .isBetween(MOST_TOKENS / 4, MOST_TOKENS);

        // the answer of a dispatch is a commit, which the refusals before it are part of
        var _ = dispatch(mesh, new JsonObject());
        // the result comes about while nobody can take it
        mesh.kill();
        worker.keep(TaskAgent.result(task, "complete").put("result", new JsonObject().put("kept", true)));
        mesh = Mesh.start(home);
        JsonObject ended = awaitEnd(mesh, task);
        assertThat(ended.getString("status")).as("it was refused a call").isEqualTo("failed");
        assertThat(ended.getString("error")).isEqualTo("task budget exceeded");
        assertThat(ended.getJsonObject("result").getBoolean("kept")).isTrue();
        assertThat(worker.awaitTask(2).getString("task_id")).isEqualTo(next);
        assertThat(worker.tasks()).hasSize(2);
        mesh.close();
    }

    @Test
    void a_result_that_was_paid_for_counts_though_the_mesh_came_back_after_its_time() throws Exception {
        Mesh mesh = Mesh.start(home);
        String task = dispatch(mesh, new JsonObject().put("timeout", 6));
        assertThat(worker.awaitTask(1).getString("task_id")).isEqualTo(task);
        long begun = System.nanoTime();
        mesh.kill();
        worker.keep(TaskAgent.result(task, "complete").put("result", "kept"));
        Eventually.until("its time is over", () -> System.nanoTime() - begun > 6_100_000_000L);
        mesh = Mesh.start(home);
        JsonObject ended = awaitEnd(mesh, task);
        assertThat(ended.getString("status")).isEqualTo("complete");
        assertThat(ended.getString("result")).isEqualTo("kept");
        mesh.close();
    }

    @Test
    void a_refusal_counts_after_a_crash() throws Exception {
        Mesh mesh = Mesh.start(home);
        JsonObject none = new JsonObject().put("token_budget", new JsonObject().put("max_usd", 0));
        String task = dispatch(mesh, none);
        assertThat(worker.awaitTask(1).getString("task_id")).isEqualTo(task);
        assertThat(mesh.chat("worker", call()).status()).isEqualTo(402);
        // the answer of a dispatch is a commit, which the refusal before it is part of
        var _ = dispatch(mesh, new JsonObject());
        mesh.kill();
        worker.keep(TaskAgent.result(task, "complete"));
        mesh = Mesh.start(home);
        JsonObject ended = awaitEnd(mesh, task);
        assertThat(ended.getString("status")).isEqualTo("failed");
        assertThat(ended.getString("error")).isEqualTo("task budget exceeded");
        mesh.close();
    }

    /// With a maximum of its own: without one a call holds all that its task has left, and a crash may strand that.
    private static JsonObject call() {
        return Chat.with("tokens=30").put("max_tokens", 60);
    }

    private static String dispatch(Mesh mesh, JsonObject members) {
        JsonObject body = new JsonObject()
                .put("task_type", "test")
                .put("input_data", new JsonObject())
                .mergeIn(members);
        return mesh.control("POST", "/control/agents/worker/tasks", body).json().getString("task_id");
    }

    private static JsonObject read(Mesh mesh, String task) {
        return mesh.control("GET", "/control/tasks/" + task, null).json();
    }

    private static JsonObject awaitEnd(Mesh mesh, String task) {
        Eventually.until(task + " ends", () -> read(mesh, task).getValue("ended_at") != null);
        return read(mesh, task);
    }
}
