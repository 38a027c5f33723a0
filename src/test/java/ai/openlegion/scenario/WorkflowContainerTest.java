package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The main job, whole: the sample workflows done by three agents in real containers, watched as they run, and paid for
/// to the last pico-dollar.
@Timeout(300)
@ExtendWith(LogOnFailure.class)
@NeedsDocker
class WorkflowContainerTest {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final long SMALL_INPUT = 1_000_000;
    private static final long SMALL_OUTPUT = 2_000_000;

    private static Upstream upstream;
    private static Mesh mesh;
    private static Docker docker;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.sampling();
        String board = ", \"blackboard_read\": [\"context/*\"]";
        MeshHome home = MeshHome.in(upstream)
                .supervision("start_seconds: 120, stop_seconds: 2")
                .supervised(
                        "scout",
                        "runtime: docker",
                        "\"allowed_apis\": [\"llm\"], \"blackboard_write\": [\"context/*\"]")
                .supervised("reviewer", "runtime: docker", "\"allowed_apis\": [\"llm\"]" + board)
                .supervised("writer", "runtime: docker", "\"allowed_apis\": [\"llm\"]");
        for (String name : List.of("prospect_pipeline", "article", "translate_all")) {
            String file = "workflows/" + name + ".yaml";
            // the role of these agents is test
            String sample =
                    Files.readString(Path.of("conf/demo", file)).replace("capability: writing", "agent: writer");
            home.file("config/" + file, sample);
        }
        docker = Docker.of(home);
        mesh = Mesh.start(home);
        RunAgents agents = new RunAgents(mesh);
        for (String agent : List.of("scout", "reviewer", "writer")) {
            Eventually.until(
                    agent + " is ready", LONG, () -> agents.state(agent).equals("ready"));
        }
    }

    @AfterAll
    static void stop() throws IOException, java.util.concurrent.TimeoutException {
        mesh.terminate();
        int exit = mesh.awaitExit();
        List<String> left = Stream.of(docker.containers(), docker.networks(), docker.rules())
                .flatMap(List::stream)
                .toList();
        docker.sweep();
        mesh.close();
        upstream.close();
        assertThat(exit).isZero();
        assertThat(left).as("what a stop leaves behind").isEmpty();
    }

    @Test
    void the_pipeline_runs_in_containers_and_steps_run_ledger_and_provider_agree_on_every_token() {
        upstream.reset();
        long before = spent();
        String id =
                run("prospect_pipeline", new JsonObject().put("lead_id", "7").put("company", "Acme"));
        List<EventSource.Event> events;
        try (EventSource watched = mesh.watch("/control/runs/" + id + "/events")) {
            events = watched.toTheEnd();
        }
        assertThat(events)
                .extracting(event -> event.name() + " " + event.item().getString("step", "-"))
                .containsExactly(
                        "run.started -",
                        "step.started research",
                        "step.finished research",
                        "step.started qualify",
                        "step.finished qualify",
                        "step.started outreach",
                        "step.finished outreach",
                        "run.finished -");
        JsonObject run = finished(id);
        assertThat(run.getString("status")).as(run.encode()).isEqualTo("complete");
        assertThat(step(run, "qualify").getJsonObject("result"))
                .as("what the scout promoted came to the reviewer over the blackboard")
                .isEqualTo(new JsonObject()
                        .put("company", "Acme")
                        .put("score", 0.86)
                        .put("reason", "Three signals of growth at Acme, weighed against its size"));
        assertThat(step(run, "outreach").getJsonObject("result").getString("to"))
                .isEqualTo("Acme");
        addsUp(id, run, before, 3);
        JsonObject last = events.getLast().item();
        assertThat(last.getLong("tokens")).isEqualTo(run.getLong("tokens"));
        assertThat(Spend.pico(last, "cost_usd")).isEqualTo(Spend.pico(run, "cost_usd"));
    }

    @Test
    void a_score_that_is_too_low_skips_the_last_step() {
        upstream.reset();
        long before = spent();
        String id =
                run("prospect_pipeline", new JsonObject().put("lead_id", "8").put("fit", 0.4));
        JsonObject run = finished(id);
        assertThat(run.getString("status")).as(run.encode()).isEqualTo("complete");
        assertThat(step(run, "outreach").getString("status")).isEqualTo("skipped");
        assertThat(step(run, "outreach").getString("reason")).isEqualTo("condition_not_met");
        addsUp(id, run, before, 2);
    }

    @Test
    void an_article_waits_for_its_approval() {
        upstream.reset();
        long before = spent();
        String id = run("article", new JsonObject().put("topic", "owls"));
        Eventually.until(
                "the review waits",
                LONG,
                () -> mesh.control("GET", "/control/runs/" + id, null)
                        .json()
                        .getString("status")
                        .equals("waiting_approval"));
        JsonObject request = step(
                        mesh.control("GET", "/control/runs/" + id, null).json(), "review")
                .getJsonObject("request");
        assertThat(request.encode()).contains("What we know about owls");
        assertThat(upstream.requests()).isEqualTo(2);
        Reply approved = mesh.control(
                "POST",
                "/control/runs/" + id + "/steps/review/approve",
                new JsonObject().put("comment", "fine").put("digest", request.getString("digest")));
        assertThat(approved.status()).as(approved.body()).isEqualTo(200);
        JsonObject run = finished(id);
        assertThat(run.getString("status")).as(run.encode()).isEqualTo("complete");
        assertThat(step(run, "review").getJsonObject("result").getString("verdict"))
                .isEqualTo("publish");
        addsUp(id, run, before, 3);
    }

    @Test
    void a_text_goes_into_many_languages_and_comes_back_in_their_order() {
        upstream.reset();
        long before = spent();
        JsonArray languages = new JsonArray().add("German").add("Welsh").add("日本語");
        String id = run(
                "translate_all", new JsonObject().put("text", "Good morning").put("languages", languages));
        JsonObject run = finished(id);
        assertThat(run.getString("status")).as(run.encode()).isEqualTo("complete");
        assertThat(step(run, "translate").getJsonArray("result"))
                .extracting(item -> ((JsonObject) item).getString("text"))
                .containsExactly("[German] Good morning", "[Welsh] Good morning", "[日本語] Good morning");
        assertThat(step(run, "collect").getJsonObject("result").getJsonArray("translations"))
                .hasSize(3);
        addsUp(id, run, before, 5);
    }

    /// Every way of counting what a run used gives the same: its steps, the run, the ledger by task and in all, and the
    /// provider that was asked.
    private static void addsUp(String id, JsonObject run, long before, int calls) {
        Counts counts = upstream.counts();
        assertThat(counts.requests()).isEqualTo(calls);
        long tokens = counts.inputTokens() + counts.outputTokens();
        long cost = counts.inputTokens() * SMALL_INPUT + counts.outputTokens() * SMALL_OUTPUT;
        assertThat(cost).isPositive();
        assertThat(run.getLong("tokens")).isEqualTo(tokens);
        assertThat(Spend.pico(run, "cost_usd")).isEqualTo(cost);
        assertThat(Spend.pico(run, "unreconciled_usd")).isZero();
        List<JsonObject> steps =
                run.getJsonArray("steps").stream().map(JsonObject.class::cast).toList();
        assertThat(steps.stream().mapToLong(step -> step.getLong("tokens")).sum())
                .isEqualTo(tokens);
        assertThat(steps.stream()
                        .mapToLong(step -> Spend.pico(step, "cost_usd"))
                        .sum())
                .isEqualTo(cost);
        Eventually.until(
                "the ledger has it all",
                () -> rows(id).stream()
                                .mapToLong(row -> Spend.pico(row, "spent_usd"))
                                .sum()
                        == cost);
        assertThat(rows(id).stream()
                        .mapToLong(row -> row.getLong("input_tokens") + row.getLong("output_tokens"))
                        .sum())
                .isEqualTo(tokens);
        assertThat(rows(id)).hasSize(calls);
        for (JsonObject step : steps) {
            assertThat(rows(id).stream()
                            .filter(row -> row.getString("task").startsWith(id + ":" + step.getString("id") + ":"))
                            .mapToLong(row -> Spend.pico(row, "spent_usd"))
                            .sum())
                    .as(step.getString("id"))
                    .isEqualTo(Spend.pico(step, "cost_usd"));
        }
        assertThat(spent() - before).isEqualTo(cost);
    }

    /// The ledger's rows of a run's tasks.
    private static List<JsonObject> rows(String id) {
        return mesh.control("GET", "/control/usage?group_by=task", null).json().getJsonArray("rows").stream()
                .map(JsonObject.class::cast)
                .filter(row -> row.getString("task").startsWith(id + ":"))
                .toList();
    }

    private static long spent() {
        return Stream.of("scout", "reviewer", "writer")
                .mapToLong(agent -> mesh.settledSpend(agent).spent())
                .sum();
    }

    private static String run(String workflow, JsonObject input) {
        Reply started =
                mesh.control("POST", "/control/workflows/" + workflow + "/runs", new JsonObject().put("input", input));
        assertThat(started.status()).as(started.body()).isEqualTo(202);
        return started.json().getString("execution_id");
    }

    private static JsonObject finished(String id) {
        Eventually.until(
                "the run is over",
                LONG,
                () -> mesh.control("GET", "/control/runs/" + id, null).json().getString("finished_at") != null);
        return mesh.control("GET", "/control/runs/" + id, null).json();
    }

    private static JsonObject step(JsonObject run, String id) {
        return run.getJsonArray("steps").stream()
                .map(JsonObject.class::cast)
                .filter(step -> step.getString("id").equals(id))
                .findFirst()
                .orElseThrow();
    }
}
