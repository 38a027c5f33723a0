package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Audits;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.webhook.Webhooks;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The operator's doors to workflows and runs at the real listener; what the workflows answer is served by hand.
@Timeout(60)
final class RunRoutesTest {

    private static final String RUN = "wf_0123456789ab";
    private static final String PATH = "/control/runs/" + RUN;
    private static final long START = ControlRig.CLOCK.millis() - 12_900;
    private static final String DEFINITION = """
            {"name":"pipeline","file":"config/workflows/pipeline.yaml","trigger":"new_lead","timeout":600,
             "on_complete":"done","max_pico":2000000000000,"steps":[
             {"id":"research","line":3,"agent":"researcher","task_type":"find","depends_on":[],"timeout":120,
              "input_from":"blackboard://context/{lead_id}",
              "on_failure":"retry","max_retries":3,"requires_approval":false,"approval_timeout":3600},
             {"id":"draft","line":4,"capability":"search","task_type":"write","depends_on":["research"],"timeout":60,
              "condition":"research.result.score > 0.7","on_failure":"abort","max_retries":3,
              "requires_approval":true,"approval_timeout":3600}]}""";

    @TempDir
    Path folder;

    private final Queue<Wire> asked = new ConcurrentLinkedQueue<>();
    private final Queue<AuditEntry> audited = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Workflows.@Nullable RunView> found = new AtomicReference<>();
    private ControlRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = new ControlRig(folder);
        var _ = rig.bus.subscribe(Audits.RECORDED, written -> audited.addAll(written.entries()));
        found.set(run("running", 0));
        var _ = ControlRig.await(rig.bus
                .serve(Workflows.READ, question -> Future.succeededFuture(new Workflows.Found(found.get())))
                .map(served -> true));
        answer(Workflows.DEFINITIONS, new Workflows.Definitions(List.of(DEFINITION)));
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void a_run_is_told_in_full() throws Exception {
        assertThat(rig.get(PATH).json()).isEqualTo(new JsonObject("""
                        {"id":"wf_0123456789ab","workflow":"pipeline","status":"running","started_by":"operator",
                        "started_at":"2026-11-22T09:59:47.100Z","finished_at":null,"tokens":42,"cost_usd":0.0000123,
                        "unreconciled_usd":0,"budget_usd":2,"input":{"lead_id":7},"steps":[
                        {"id":"research","status":"complete","agent":"researcher","attempts":2,
                        "started_at":"2026-11-22T09:59:47.100Z","finished_at":"2026-11-22T09:59:50Z","tokens":42,
                        "cost_usd":0.0000123,"result":{"score":0.90},"error":null},
                        {"id":"draft","status":"waiting_approval","agent":null,"attempts":0,"started_at":null,
                        "finished_at":null,"tokens":0,"cost_usd":0,"result":null,"error":null,
                        "request":{"task_type":"write","digest":"abc"}}]}"""));
        assertThat(rig.get(PATH).body()).contains("\"score\":0.90");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/graph", "/events"})
    void an_unknown_run_is_404(String path) throws Exception {
        answer(Workflows.EVENTS, new Workflows.EventPage(false, List.of()));
        found.set(null);
        for (String id : List.of("wf_ba9876543210", "wf_x", "wf_0123456789abc")) {
            assertThat(rig.get("/control/runs/" + id + path).status()).isEqualTo(404);
        }
    }

    @Test
    void runs_are_listed_in_pages() throws Exception {
        answer(
                Workflows.LIST,
                new Workflows.RunPage(
                        List.of(new Workflows.RunLine(
                                RUN, "pipeline", "failed", "no money", "alice", START, START + 5_000, 7, 9, 1, 2)),
                        true));

        var page = rig.get("/control/runs?workflow=pipe%26line&status=failed&before=wf_ffffffffffff&limit=1");

        assertThat(page.array().getJsonObject(0)).isEqualTo(new JsonObject("""
                        {"id":"wf_0123456789ab","workflow":"pipeline","status":"failed","error":"no money",
                        "started_by":"alice","started_at":"2026-11-22T09:59:47.100Z",
                        "finished_at":"2026-11-22T09:59:52.100Z","tokens":7,"cost_usd":0.000000000009,
                        "steps_completed":1,"steps_total":2}"""));
        assertThat(page.header("link"))
                .isEqualTo("</control/runs?limit=1&before=wf_0123456789ab&workflow=pipe%26line&status=failed>;"
                        + " rel=\"next\"");
        assertThat(asked).contains(new Workflows.ListRuns("pipe&line", "failed", "wf_ffffffffffff", 1));
        assertThat(rig.get("/control/runs?status=well").status()).isEqualTo(400);
        assertThat(rig.get("/control/runs?before=x").status()).isEqualTo(400);
        assertThat(rig.get("/control/runs?limit=0").status()).isEqualTo(400);
    }

    @Test
    void a_run_is_started_with_its_input_as_it_was_sent() throws Exception {
        answer(Workflows.RUN, new Workflows.Started(RUN));

        var started = rig.ask("POST", "/control/workflows/pipeline/runs", "{\"input\":{\"lead_id\": 7.00}}");

        assertThat(started.status()).isEqualTo(202);
        assertThat(started.json()).isEqualTo(new JsonObject().put("execution_id", RUN));
        assertThat(asked).contains(new Workflows.Run("pipeline", "{\"lead_id\": 7.00}", "operator"));
        assertThat(rig.ask("POST", "/control/workflows/pipeline/runs", "").status())
                .isEqualTo(202);
        assertThat(asked).contains(new Workflows.Run("pipeline", "{}", "operator"));
        Eventually.until(
                "it is in the audit",
                () -> audited.stream()
                        .anyMatch(entry -> entry.action().equals("workflow.run")
                                && entry.resource().equals("pipeline")
                                && entry.decision().equals("allowed: " + RUN)));
    }

    @Test
    void an_input_as_large_as_may_be_fits_and_a_larger_one_does_not() throws Exception {
        answer(Workflows.RUN, new Workflows.Started(RUN));
        String start = "{\"input\":";
        String most = "{\"a\":\"" + "x".repeat(Workflows.MOST_INPUT_BYTES - 8) + "\"}";
        assertThat(rig.ask("POST", "/control/workflows/pipeline/runs", start + most + "}")
                        .status())
                .isEqualTo(202);
        assertThat(rig.ask("POST", "/control/workflows/pipeline/runs", start + most.replace("x\"}", "xx\"}") + "}")
                        .status())
                .isEqualTo(413);
        assertThat(rig.ask("POST", "/control/workflows/pipeline/runs", "{\"input\":[1]}")
                        .status())
                .isEqualTo(422);
        assertThat(rig.ask("POST", "/control/workflows/pipeline/runs", "[]").status())
                .isEqualTo(422);
        assertThat(rig.ask("POST", "/control/workflows/pipeline/runs", "{").status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"UNKNOWN,404", "CONFLICT,409", "UNAVAILABLE,503", "DONE,200"})
    void what_became_of_an_order_is_told(Workflows.Outcome outcome, int status) throws Exception {
        var change = new Workflows.Change(outcome, outcome == Workflows.Outcome.DONE ? "" : "why not");
        answer(Workflows.CANCEL, change);
        answer(Workflows.DECIDE, change);

        assertThat(rig.ask("POST", PATH + "/cancel", "").status()).isEqualTo(status);
        assertThat(rig.ask("POST", PATH + "/steps/draft/reject", "").status()).isEqualTo(status);
        var approved = rig.ask("POST", PATH + "/steps/draft/approve", "{\"comment\":\"go\",\"digest\":\"abc\"}");

        assertThat(approved.status()).isEqualTo(status);
        assertThat(asked)
                .contains(
                        new Workflows.Cancel(RUN, "operator"),
                        new Workflows.Decide(RUN, "draft", false, "", null, "operator"),
                        new Workflows.Decide(RUN, "draft", true, "go", "abc", "operator"));
        if (status == 200) {
            assertThat(approved.json().getString("id")).isEqualTo(RUN);
        } else if (status != 503) {
            assertThat(approved.detail()).isEqualTo("why not");
        }
        Eventually.until(
                "all are in the audit",
                () -> audited.stream()
                        .map(entry -> entry.action() + " " + entry.resource())
                        .toList()
                        .containsAll(List.of(
                                "run.cancel " + RUN, "run.approve " + RUN + " draft", "run.reject " + RUN + " draft")));
    }

    @Test
    void orders_that_make_no_sense_are_refused_before_anybody_is_asked() throws Exception {
        assertThat(rig.ask("POST", "/control/runs/wf_x/cancel", "").status()).isEqualTo(404);
        assertThat(rig.ask("POST", "/control/runs/wf_x/rerun", "{\"from\":\"a\"}")
                        .status())
                .isEqualTo(404);
        assertThat(rig.ask("POST", PATH + "/rerun", "{}").status()).isEqualTo(422);
        assertThat(rig.ask("POST", PATH + "/steps/draft/approve", "{\"comment\":7}")
                        .status())
                .isEqualTo(422);
        assertThat(rig.ask("POST", PATH + "/steps/draft/approve", "{\"digest\":7}")
                        .status())
                .isEqualTo(422);
        assertThat(rig.exchange("POST " + PATH + "/cancel HTTP/1.1\r\nHost: localhost:" + rig.port()
                                + "\r\nAuthorization: Bearer " + ControlRig.AGENT_TOKEN + "\r\n\r\n")
                        .status())
                .isEqualTo(401);
        assertThat(asked).isEmpty();
    }

    @Test
    void a_run_is_repeated_from_a_step() throws Exception {
        answer(Workflows.RERUN, new Workflows.Started("wf_ba9876543210"));
        var repeated = rig.ask("POST", PATH + "/rerun", "{\"from\":\"draft\"}");
        assertThat(repeated.status()).isEqualTo(202);
        assertThat(repeated.json().getString("execution_id")).isEqualTo("wf_ba9876543210");
        assertThat(asked).contains(new Workflows.Rerun(RUN, "draft", "operator"));
    }

    @Test
    void a_workflow_is_listed_and_shown_with_what_it_needs() throws Exception {
        var listed = rig.get("/control/workflows").array().getJsonObject(0);
        assertThat(listed.getString("name")).isEqualTo("pipeline");
        assertThat(listed.getString("trigger")).isEqualTo("new_lead");
        assertThat(listed.getInteger("steps")).isEqualTo(2);

        JsonObject shown = rig.get("/control/workflows/pipeline").json();
        assertThat(shown.getInteger("most_usd"))
                .as("the run's budget is less than what its agents may spend in a day")
                .isEqualTo(2);
        assertThat(shown.getString("most_usd_why")).isEqualTo("the run's budget");
        assertThat(rig.get("/control/workflows/pipeline?format=text").body())
                .contains(
                        "at most 600 s, not counting while it only waits for approval, and $2 a run",
                        "a run costs at most $2: the run's budget",
                        "costs at most $10: the daily limit");
        assertThat(shown.getJsonArray("levels").encode()).isEqualTo("[[\"research\"],[\"draft\"]]");
        JsonObject research = shown.getJsonArray("steps").getJsonObject(0);
        assertThat(research.getJsonArray("needs").getJsonObject(0)).isEqualTo(new JsonObject("""
                        {"agent":"researcher","operation":"api","resource":"llm","verdict":"allowed",
                        "rule":"permissions.researcher.allowed_apis[\\"llm\\"]"}"""));
        assertThat(research.getJsonArray("needs").getJsonObject(1).getString("verdict"))
                .as("what is read depends on the input")
                .isEqualTo("depends");
        assertThat(shown.getJsonArray("steps")
                        .getJsonObject(1)
                        .getJsonArray("offered_by")
                        .encode())
                .isEqualTo("[\"researcher\"]");
        assertThat(rig.get("/control/workflows/nothing").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "text,text/plain; charset=utf-8,research",
        "svg,image/svg+xml,<svg xmlns",
        "mermaid,text/vnd.mermaid; charset=utf-8,flowchart TD"
    })
    void both_are_drawn_in_the_form_that_is_wanted(String form, String type, String holds) throws Exception {
        for (String path : List.of("/control/workflows/pipeline", PATH + "/graph")) {
            var drawn = rig.get(path + "?format=" + form);
            assertThat(drawn.status()).isEqualTo(200);
            assertThat(drawn.header("content-type")).isEqualTo(type);
            assertThat(drawn.body()).contains(holds);
            assertThat(rig.get(path + "?format=png").status()).isEqualTo(400);
        }
        assertThat(rig.get(PATH + "/graph?format=text").body()).contains("waiting approval");
        var accepted = rig.exchange("GET /control/workflows/pipeline HTTP/1.1\r\nHost: localhost:" + rig.port()
                + "\r\nAccept: text/html, " + type.split(";")[0] + ";q=0.9\r\nAuthorization: Bearer "
                + ControlRig.OPERATOR_TOKEN + "\r\n\r\n");
        assertThat(accepted.header("content-type")).isEqualTo(type);
    }

    @Test
    void outside_the_status_of_a_run_is_for_the_operator_and_its_own_workflows_hook() throws Exception {
        String path = "/webhook/status/" + RUN;
        answer(
                Workflows.LINE,
                new Workflows.FoundLine(
                        new Workflows.RunLine(RUN, "pipeline", "running", null, "webhook", START, 0, 42, 7, 1, 2)));
        JsonObject expected = new JsonObject("""
                {"id":"wf_0123456789ab","workflow":"pipeline","status":"running","steps_completed":1,
                "steps_total":2,"elapsed_seconds":12}""");
        assertThat(rig.get(path).json()).isEqualTo(expected);

        AtomicReference<Webhooks.Outcome> checked =
                new AtomicReference<>(new Webhooks.Signed(Set.of("pipeline", "other")));
        rig.serve(Webhooks.CHECK, checked);
        assertThat(unsigned(path).json()).isEqualTo(expected);
        checked.set(new Webhooks.Signed(Set.of("other")));
        assertThat(unsigned(path).status()).isEqualTo(404);
        checked.set(new Webhooks.Rejected("not signed"));
        assertThat(unsigned(path).status()).isEqualTo(401);
        assertThat(rig.get("/webhook/status/wf_x").status()).isEqualTo(404);
    }

    private RawHttp.Response unsigned(String path) throws Exception {
        return rig.exchange("GET " + path + " HTTP/1.1\r\nHost: localhost:" + rig.port() + "\r\n\r\n");
    }

    private <Q extends Wire, R extends Wire> void answer(Endpoint<Q, R> endpoint, R answer) throws Exception {
        var _ = ControlRig.await(rig.bus
                .serve(endpoint, question -> {
                    if (!endpoint.equals(Workflows.DEFINITIONS)) {
                        asked.add(question);
                    }
                    return Future.succeededFuture(answer);
                })
                .map(served -> true));
    }

    private static Workflows.RunView run(String status, long finished) {
        return new Workflows.RunView(
                RUN,
                "pipeline",
                status,
                null,
                "operator",
                START,
                finished,
                42,
                12_300_000,
                0,
                2_000_000_000_000L,
                null,
                "{\"lead_id\":7}",
                DEFINITION,
                List.of(
                        new Workflows.StepView(
                                "research",
                                "complete",
                                null,
                                "researcher",
                                2,
                                -1,
                                0,
                                START,
                                START + 2_900,
                                42,
                                12_300_000,
                                "{\"score\":0.90}",
                                null,
                                null),
                        new Workflows.StepView(
                                "draft",
                                "waiting_approval",
                                null,
                                null,
                                0,
                                -1,
                                0,
                                0,
                                0,
                                0,
                                0,
                                null,
                                null,
                                "{\"task_type\":\"write\",\"digest\":\"abc\"}")));
    }
}
