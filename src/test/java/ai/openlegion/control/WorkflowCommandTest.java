package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.cli.Cli;
import ai.openlegion.workflow.Workflows;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The command `workflow` at the real listener; what the workflows answer is served by hand.
@Timeout(90)
final class WorkflowCommandTest {

    private static final String RUN = "wf_0123456789ab";
    private static final String DEFINITION = """
            {"name":"pipeline","file":"config/workflows/pipeline.yaml","trigger":"new_lead","timeout":600,
             "max_pico":2000000000000,"steps":[
             {"id":"research","line":3,"agent":"researcher","task_type":"find","depends_on":[],"timeout":120,
              "on_failure":"abort","max_retries":3,"requires_approval":true,"approval_timeout":3600}]}""";

    @TempDir
    Path folder;

    private final Queue<Wire> asked = new ConcurrentLinkedQueue<>();
    private ControlRig rig;

    private record Said(int code, String out, String err) {}

    @BeforeEach
    void open() throws Exception {
        rig = new ControlRig(Files.createDirectory(folder.resolve("rig")));
        Path data = Files.createDirectories(folder.resolve("home/data"));
        Files.writeString(data.resolve("control.token"), ControlRig.OPERATOR_TOKEN);
        ready(rig.port());
        answer(Workflows.DEFINITIONS, new Workflows.Definitions(List.of(DEFINITION)));
        answer(Workflows.RUN, new Workflows.Started(RUN));
        answer(Workflows.READ, new Workflows.Found(run("complete", null)));
    }

    private void ready(int port) throws Exception {
        Files.writeString(
                folder.resolve("home/data/ready.json"),
                new JsonObject()
                        .put("port", 1)
                        .put("control_port", port)
                        .put("pid", ProcessHandle.current().pid())
                        .encode());
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void workflows_are_listed_and_drawn() {
        assertThat(workflow().out()).contains("pipeline", "topic new_lead", "600 s", "config/workflows/pipeline.yaml");
        assertThat(workflow("list", "--json").out()).startsWith("[{\"name\":\"pipeline\"");
        assertThat(workflow("show", "pipeline").out())
                .contains("│ researcher · find │", "│ approval", "researcher needs to access llm: allowed")
                .doesNotContain("\u001b");
        assertThat(workflow("show", "pipeline", "--format", "svg").out()).startsWith("<svg xmlns");
        assertThat(workflow("show", "pipeline", "--format", "mermaid").out()).startsWith("flowchart TD");
        assertThat(workflow("show", "pipeline", "--json").out()).startsWith("{\"name\":\"pipeline\"");
        assertThat(workflow("show", RUN).out()).contains("complete");
        assertThat(workflow("show", "nothing").code()).isEqualTo(1);
        assertThat(workflow("show", "pipeline", "--format", "png").code()).isEqualTo(2);
        assertThat(workflow("--help").out()).contains("list", "show", "run", "approve");
    }

    @Test
    void a_run_is_started_with_its_input_from_the_line_or_a_file() throws Exception {
        Said started = workflow("run", "pipeline", "--input", "{\"lead_id\": 7.00}");
        assertThat(started.code()).as(started.err()).isZero();
        assertThat(started.out()).contains("started as " + RUN, "openlegion workflow watch " + RUN);
        assertThat(asked).contains(new Workflows.Run("pipeline", "{\"lead_id\": 7.00}", "operator"));

        Path file = Files.writeString(folder.resolve("input.json"), "{\"from\":\"file\"}");
        assertThat(workflow("run", "pipeline", "--input", "@" + file, "--json").out())
                .isEqualTo("{\"execution_id\":\"" + RUN + "\"}\n");
        assertThat(asked).contains(new Workflows.Run("pipeline", "{\"from\":\"file\"}", "operator"));
        assertThat(workflow("run", "pipeline", "--input", "[1]").code()).isEqualTo(2);
        assertThat(workflow("run", "pipeline", "--input", "@/nowhere").code()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"complete,0", "failed,1", "cancelled,1"})
    void a_run_that_is_watched_is_told_line_by_line_and_its_end_is_the_exit_code(String status, int code)
            throws Exception {
        answer(
                Workflows.EVENTS,
                new Workflows.EventPage(
                        true,
                        List.of(
                                event(1, "run.started", "\"workflow\":\"pipeline\",\"status\":\"running\""),
                                event(
                                        2,
                                        "step.waiting_approval",
                                        "\"step\":\"research\",\"digest\":\"abc\",\"expires_at\":"
                                                + "\"2026-11-22T11:00:00Z\",\"request\":{\"task_type\":\"find\","
                                                + "\"input_data\":{\"x\":\"\\u001b[2J\"}}"),
                                event(
                                        5,
                                        "step.started",
                                        "\"step\":\"research\",\"agent\":\"researcher\",\"attempt\":1"),
                                event(
                                        6,
                                        "step.finished",
                                        "\"step\":\"research\",\"status\":\"complete\",\"attempts\":1"),
                                event(7, "run.finished", "\"status\":\"" + status + "\""))));

        Said watched = workflow("run", "pipeline", "--watch");

        assertThat(watched.code()).as(watched.err()).isEqualTo(code);
        assertThat(watched.out())
                .contains(
                        "run.started",
                        "research waits for approval of exactly this, until 2026-11-22T11:00:00Z:",
                        "\"task_type\" : \"find\"",
                        "openlegion workflow approve " + RUN + " research --digest abc",
                        "step.started",
                        "researcher",
                        "42 tokens  $0.0000123",
                        "run.finished")
                .doesNotContain("\u001b");
        Said json = workflow("watch", RUN, "--json");
        assertThat(json.code()).isEqualTo(code);
        assertThat(json.out().lines()).hasSize(5).allSatisfy(line -> new JsonObject(line).getLong("tokens"));
    }

    @Test
    void a_stream_that_breaks_is_followed_on_and_the_runs_end_is_the_exit_code_whatever_comes_behind_it()
            throws Exception {
        Queue<String> queries = new ConcurrentLinkedQueue<>();
        HttpServer mesh = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        mesh.createContext("/control/runs/" + RUN, exchange -> {
            String query = String.valueOf(exchange.getRequestURI().getQuery());
            boolean isStream = exchange.getRequestURI().getPath().endsWith("/events");
            String body = query.equals("after=0")
                    ? "id: 3\nevent: step.started\ndata: {\"step\":\"research\"}\n\nid: 4\nevent: x"
                    : "id: 7\nevent: run.finished\ndata: {\"status\":\"complete\"}\n\n";
            byte[] bytes = (isStream ? body : "{}").getBytes(StandardCharsets.UTF_8);
            queries.add(isStream ? query : "run");
            exchange.sendResponseHeaders(isStream ? 200 : 500, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        mesh.start();
        try {
            ready(mesh.getAddress().getPort());
            Said watched = workflow("watch", RUN);
            assertThat(watched.code()).as(watched.err()).isZero();
            assertThat(watched.out()).containsOnlyOnce("step.started").containsOnlyOnce("run.finished");
            assertThat(watched.err()).contains("the run is over, and cannot be shown");
            assertThat(queries).containsExactly("after=0", "after=3", "run");
        } finally {
            mesh.stop(0);
        }
    }

    @Test
    void orders_reach_the_run_and_refusals_are_told() throws Exception {
        answer(Workflows.DECIDE, new Workflows.Change(Workflows.Outcome.DONE, ""));
        answer(Workflows.CANCEL, new Workflows.Change(Workflows.Outcome.CONFLICT, "the run is over"));
        answer(Workflows.RERUN, new Workflows.Started("wf_ba9876543210"));

        assertThat(workflow("approve", RUN, "research", "--comment", "go", "--digest", "abc")
                        .out())
                .startsWith("approved; " + RUN + " is complete");
        assertThat(workflow("reject", RUN, "research").code()).isZero();
        Said cancelled = workflow("cancel", RUN);
        assertThat(cancelled.code()).isEqualTo(1);
        assertThat(cancelled.err()).isEqualTo("openlegion: the mesh refused: the run is over\n");
        assertThat(workflow("rerun", RUN, "--from", "research").out()).startsWith("started as wf_ba9876543210");
        assertThat(workflow("rerun", RUN).code()).isEqualTo(2);
        assertThat(asked)
                .contains(
                        new Workflows.Decide(RUN, "research", true, "go", "abc", "operator"),
                        new Workflows.Decide(RUN, "research", false, "", null, "operator"),
                        new Workflows.Cancel(RUN, "operator"),
                        new Workflows.Rerun(RUN, "research", "operator"));
    }

    @Test
    void a_run_and_the_list_of_them_are_shown() throws Exception {
        answer(
                Workflows.LIST,
                new Workflows.RunPage(
                        List.of(new Workflows.RunLine(
                                RUN, "pipeline", "failed", "no money", "alice", 1_000, 6_000, 7, 9_000_000, 1, 2)),
                        false));
        assertThat(workflow("runs", "pipeline", "--status", "failed").out())
                .contains(RUN, "failed", "1/2", "alice", "0.000009", "no money");
        assertThat(asked).contains(new Workflows.ListRuns("pipeline", "failed", null, 20));
        assertThat(workflow("status", RUN).out())
                .contains("pipeline " + RUN, "complete", "researcher", "0.0000123", "\"score\":1");
        assertThat(workflow("status", RUN, "--json").out()).startsWith("{\"id\":\"" + RUN);
        assertThat(workflow("status", "wf_unknown").code()).isEqualTo(1);
    }

    private Said workflow(String... arguments) {
        List<String> all = new ArrayList<>(List.of("workflow"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--home", folder.resolve("home").toString()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(
                all.toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Said(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static Workflows.RunEvent event(long seq, String name, String members) {
        return new Workflows.RunEvent(
                seq,
                name,
                "{\"seq\":" + seq + ",\"time\":\"2026-11-22T10:00:0" + seq + "Z\"," + members
                        + ",\"tokens\":42,\"cost_usd\":0.0000123}");
    }

    private <Q extends Wire, R extends Wire> void answer(Endpoint<Q, R> endpoint, R answer) throws Exception {
        var _ = ControlRig.await(rig.bus
                .serve(endpoint, question -> {
                    asked.add(question);
                    return Future.succeededFuture(answer);
                })
                .map(served -> true));
    }

    private static Workflows.RunView run(String status, @org.jspecify.annotations.Nullable String error) {
        return new Workflows.RunView(
                RUN,
                "pipeline",
                status,
                error,
                "operator",
                1_000,
                9_000,
                42,
                12_300_000,
                0,
                null,
                null,
                "{}",
                DEFINITION,
                List.of(new Workflows.StepView(
                        "research",
                        "complete",
                        null,
                        "researcher",
                        1,
                        -1,
                        0,
                        1_000,
                        8_000,
                        42,
                        12_300_000,
                        "{\"score\":1}",
                        null,
                        null)));
    }
}
