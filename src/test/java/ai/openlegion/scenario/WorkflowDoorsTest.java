package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.cli.Cli;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The ways into a workflow and the views of its runs, in a real process with an agent that is pushed to.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class WorkflowDoorsTest {

    private static final String SECRET = "whsec-0123456789abcdef";
    private static final String OTHER_SECRET = "whsec-fedcba9876543210";

    private static TaskAgent worker;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        worker = TaskAgent.start();
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .pushed("worker", worker.url(), "")
                .member("starter", "\"can_run_workflows\": [\"two_steps\"]")
                .member("nobody", "")
                .credential("two_hook", SECRET)
                .credential("other_hook", OTHER_SECRET)
                .with("config/webhooks.yaml", """
                        hooks:
                          two: {secret: two_hook, workflow: two_steps}
                          other: {secret: other_hook, workflow: asks_first}
                        """)
                .with("config/workflows/two_steps.yaml", """
                        name: two_steps
                        steps:
                          - {id: first, agent: worker, task_type: one}
                          - {id: second, agent: worker, task_type: two, depends_on: [first], input_from: first}
                        """)
                .with("config/workflows/asks_first.yaml", """
                        name: asks_first
                        steps:
                          - {id: only, agent: worker, task_type: send, requires_approval: true, approval_timeout: 600}
                        """));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        worker.close();
    }

    @BeforeEach
    void works() {
        var _ = worker.doing(task -> report(TaskAgent.result(task.getString("task_id"), "complete")
                .put("result", new JsonObject().put("did", task.getString("task_type")))));
    }

    @Test
    void an_agent_starts_what_it_may_and_nothing_else() {
        Reply started = mesh.post("starter", "/mesh/workflows/two_steps/runs", new JsonObject());
        assertThat(started.status()).as(started.body()).isEqualTo(202);
        JsonObject run = finished(started.json().getString("execution_id"));
        assertThat(run.getString("status")).isEqualTo("complete");
        assertThat(run.getString("started_by")).isEqualTo("starter");

        Reply denied = mesh.post("nobody", "/mesh/workflows/two_steps/runs", new JsonObject());
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.detail()).isEqualTo("Agent nobody cannot run workflow two_steps");
        assertThat(mesh.post("starter", "/mesh/workflows/asks_first/runs", new JsonObject())
                        .status())
                .isEqualTo(403);
    }

    @Test
    void a_run_is_followed_live_and_replayed_from_any_event_on() {
        String id = start("two_steps", new JsonObject().put("lead", 7));
        List<EventSource.Event> live;
        try (EventSource events = follow(id, null)) {
            assertThat(events.status()).isEqualTo(200);
            live = events.toTheEnd();
        }
        assertThat(live.stream().map(EventSource.Event::name))
                .containsExactly(
                        "run.started",
                        "step.started",
                        "step.finished",
                        "step.started",
                        "step.finished",
                        "run.finished");
        assertThat(live).allSatisfy(event -> {
            assertThat(event.item().getLong("seq")).isEqualTo(event.id());
            assertThat(event.item().getString("run")).isEqualTo(id);
            assertThat(event.item().getString("time")).isNotEmpty();
            assertThat(event.item().containsKey("tokens")).isTrue();
            assertThat(event.item().containsKey("cost_usd")).isTrue();
        });
        for (int from = 0; from < live.size(); from++) {
            try (EventSource replay = follow(id, live.get(from).id())) {
                assertThat(replay.toTheEnd()).isEqualTo(live.subList(from + 1, live.size()));
            }
        }
        assertThat(mesh.control("GET", "/control/runs/wf_000000000000/events", null)
                        .status())
                .isEqualTo(404);
        assertThat(mesh.control("GET", "/control/runs/wf_000000000000", null).status())
                .isEqualTo(404);
    }

    @Test
    void two_hundred_follow_one_run_and_each_gets_every_event_once() {
        String id = start("asks_first", new JsonObject());
        waiting(id);
        List<EventSource> watchers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            watchers.add(follow(id, null));
        }
        assertThat(mesh.control("POST", "/control/runs/" + id + "/steps/only/approve", new JsonObject())
                        .status())
                .isEqualTo(200);
        List<EventSource.Event> first = watchers.getFirst().toTheEnd();
        assertThat(first).hasSize(5);
        for (EventSource watcher : watchers.subList(1, watchers.size())) {
            assertThat(watcher.toTheEnd()).isEqualTo(first);
            watcher.close();
        }
    }

    @Test
    void a_signed_call_starts_a_run_whose_status_only_its_hook_learns() throws Exception {
        Reply started = mesh.send(signed("/webhook/trigger/two_steps", SECRET, "{\"lead\":1}")
                .POST(HttpRequest.BodyPublishers.ofString("{\"lead\":1}")));
        assertThat(started.status()).as(started.body()).isEqualTo(202);
        assertThat(started.json().getString("status")).isEqualTo("started");
        String id = started.json().getString("execution_id");
        var _ = finished(id);

        JsonObject status =
                mesh.send(signed("/webhook/status/" + id, SECRET, "").GET()).json();
        assertThat(status.getInteger("elapsed_seconds")).isBetween(0, 60);
        status.remove("elapsed_seconds");
        assertThat(status)
                .isEqualTo(new JsonObject()
                        .put("id", id)
                        .put("workflow", "two_steps")
                        .put("status", "complete")
                        .put("steps_completed", 2)
                        .put("steps_total", 2));
        assertThat(mesh.send(signed("/webhook/status/" + id, OTHER_SECRET, "").GET())
                        .status())
                .isEqualTo(404);
        assertThat(mesh.control("GET", "/webhook/status/" + id, null).json().getString("status"))
                .isEqualTo("complete");
    }

    @Test
    void a_run_is_cancelled_once() {
        var _ = worker.doing(task -> {});
        String id = start("two_steps", new JsonObject());
        Eventually.until(
                "the first step runs",
                () -> mesh.control("GET", "/control/runs/" + id, null)
                        .body()
                        .contains("\"status\":\"running\",\"agent\":\"worker\""));
        assertThat(mesh.control("POST", "/control/runs/" + id + "/cancel", null).status())
                .isEqualTo(200);
        assertThat(mesh.control("POST", "/control/runs/" + id + "/cancel", null).status())
                .isEqualTo(409);
        assertThat(finished(id).getString("status")).isEqualTo("cancelled");
    }

    @Test
    void the_command_line_runs_follows_and_approves() {
        Said watched = workflow("run", "two_steps", "--input", "{\"lead\": 7}", "--watch");
        assertThat(watched.code()).as(watched.err() + watched.out()).isZero();
        assertThat(watched.out()).contains("run.started", "step.finished", "run.finished", "complete");

        Said started = workflow("run", "asks_first", "--json");
        String id = new JsonObject(started.out()).getString("execution_id");
        waiting(id);
        String request = workflow("status", id).out();
        assertThat(request).contains("only waits for approval of exactly this", "\"task_type\" : \"send\"");
        assertThat(workflow("status", id, "--step", "only").out()).contains("\"task_type\" : \"send\"", "--digest ");
        String digest = request.replaceAll("(?s).*--digest ([0-9a-f]{64}).*", "$1");
        assertThat(workflow("approve", id, "only", "--digest", "0".repeat(64)).code())
                .as("another request")
                .isEqualTo(1);
        Said approved = workflow("approve", id, "only", "--digest", digest, "--comment", "go on");
        assertThat(approved.code()).as(approved.err()).isZero();
        assertThat(finished(id).getString("status")).isEqualTo("complete");
        assertThat(workflow("watch", id).code()).isZero();
        JsonObject whole =
                mesh.control("GET", "/control/runs/" + id + "?step=only", null).json();
        Said step = workflow("status", id, "--step", "only");
        assertThat(step.out()).contains("only", "complete");
        assertThat(whole.getJsonObject("result")).isNotNull();
        assertThat(step.out())
                .contains(whole.getJsonObject("result").encodePrettily())
                .doesNotContain("--digest");
        assertThat(new JsonObject(
                        workflow("status", id, "--step", "only", "--json").out()))
                .isEqualTo(whole);
        Said none = workflow("status", id, "--step", "no/ne");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("the run has no such step");
        assertThat(workflow("runs", "asks_first").out()).contains(id, "complete");

        Said again = workflow("rerun", id, "--from", "only");
        assertThat(again.code()).as(again.err()).isZero();
        String repeated = again.out().replaceAll("(?s)started as (wf_[0-9a-f]{12}).*", "$1");
        waiting(repeated);
        assertThat(workflow("reject", repeated, "only").code()).isZero();
        assertThat(workflow("watch", repeated).code()).as("it failed").isEqualTo(1);
        assertThat(workflow("cancel", repeated).code()).isEqualTo(1);
        assertThat(workflow("show", "asks_first").out()).contains("│ approval");
        assertThat(workflow("show", repeated).out()).contains("failed");
    }

    private record Said(int code, String out, String err) {}

    private static Said workflow(String... arguments) {
        List<String> all = new ArrayList<>(List.of("workflow"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--home", mesh.home().root().toString()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(
                all.toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Said(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static String start(String workflow, JsonObject input) {
        Reply reply =
                mesh.control("POST", "/control/workflows/" + workflow + "/runs", new JsonObject().put("input", input));
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
        return reply.json().getString("execution_id");
    }

    private static void waiting(String id) {
        Eventually.until(
                "the run waits for approval",
                () -> mesh.control("GET", "/control/runs/" + id, null)
                        .json()
                        .getString("status", "")
                        .equals("waiting_approval"));
    }

    private static JsonObject finished(String id) {
        JsonObject[] run = new JsonObject[1];
        Eventually.until("the run is over", () -> {
            run[0] = mesh.control("GET", "/control/runs/" + id, null).json();
            return run[0].getString("finished_at") != null;
        });
        return run[0];
    }

    private static EventSource follow(String id, @Nullable Long after) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + mesh.controlPort() + "/control/runs/" + id + "/events"))
                .header("authorization", "Bearer " + mesh.operatorToken());
        if (after != null) {
            request.header("last-event-id", after.toString());
        }
        try {
            return new EventSource(HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static HttpRequest.Builder signed(String path, String secret, String body) throws Exception {
        String time = Long.toString(Instant.now().getEpochSecond());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((time + "." + body).getBytes(StandardCharsets.UTF_8));
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.controlPort() + path))
                .header("x-openlegion-timestamp", time)
                .header("x-openlegion-signature", "v1=" + HexFormat.of().formatHex(mac.doFinal()));
    }

    private static void report(JsonObject payload) {
        var _ = mesh.post(
                "worker",
                "/mesh/message",
                new JsonObject()
                        .put("to", "orchestrator")
                        .put("type", "task_result")
                        .put("payload", payload));
    }
}
