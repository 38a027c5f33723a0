package ai.openlegion.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the operator gets of runs whose steps gave much, at the real listener.
@Timeout(60)
final class RunSizeTest {

    private static final String RUN = "wf_0123456789ab";
    private static final String PATH = "/control/runs/" + RUN;
    private static final long START = ControlRig.CLOCK.millis();

    @TempDir
    Path folder;

    private ControlRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = new ControlRig(folder);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void what_is_large_is_left_out_of_a_run_and_whole_in_its_step() throws Exception {
        String most = "\"" + "é".repeat(128 * 1024 - 1) + "\"";
        String more = "\"" + "x".repeat(256 * 1024) + "\"";
        String request = "{\"context\":" + more + ",\"digest\":\"abc\",\"expires_at\":\"later\"}";
        List<Workflows.StepView> steps = new ArrayList<>();
        steps.add(step("asks", null, request));
        steps.add(step("large", more, null));
        for (int i = 0; i < 5; i++) {
            steps.add(step("s" + i, most, null));
        }
        steps.add(step("small", "7", null));
        Workflows.RunView run = new Workflows.RunView(
                RUN, "flow", "running", null, "operator", START, 0, 0, 0, 0, null, null, "{}", "{}", steps);
        var _ = ControlRig.await(rig.bus
                .serve(Workflows.READ, question -> Future.succeededFuture(new Workflows.Found(run)))
                .map(served -> true));

        RawHttp.Response whole = rig.get(PATH);

        assertThat(whole.body().length()).isLessThan(1_100_000);
        JsonArray told = whole.json().getJsonArray("steps");
        assertThat(told.getJsonObject(0).getJsonObject("request"))
                .isEqualTo(new JsonObject("""
                        {"omitted":"too large","bytes":%d,"digest":"abc","expires_at":"later"}""".formatted(request.length())));
        assertThat(told.getJsonObject(1).getJsonObject("result"))
                .isEqualTo(new JsonObject("{\"omitted\":\"too large\",\"bytes\":262146}"));
        assertThat(told.getJsonObject(2).getString("result")).isEqualTo("é".repeat(128 * 1024 - 1));
        assertThat(told.getJsonObject(6).getJsonObject("result").getInteger("bytes"))
                .as("the fifth of a quarter")
                .isEqualTo(256 * 1024);
        assertThat(rig.get(PATH + "?step=large").json().getString("result")).hasSize(256 * 1024);
        assertThat(rig.get(PATH + "?step=asks").json().getJsonObject("request").getString("context"))
                .hasSize(256 * 1024);
        assertThat(rig.get(PATH + "?step=none").status()).isEqualTo(404);
    }

    @Test
    void nothing_of_a_large_result_stays_whatever_its_agent_wrote_into_it() throws Exception {
        String tail = ",\"digest\":\"" + "x".repeat(256 * 1024);
        String forged = "{\"a\":1" + tail + "\"}";
        String broken = new JsonArray().add(tail).encode();
        var run = new Workflows.RunView(
                RUN,
                "flow",
                "running",
                null,
                "operator",
                START,
                0,
                0,
                0,
                0,
                null,
                null,
                "{}",
                "{}",
                List.of(step("forges", forged, null), step("breaks", broken, null)));
        var _ = ControlRig.await(rig.bus
                .serve(Workflows.READ, question -> Future.succeededFuture(new Workflows.Found(run)))
                .map(served -> true));

        RawHttp.Response whole = rig.get(PATH);

        assertThat(whole.body().length()).isLessThan(4_096);
        JsonArray told = whole.json().getJsonArray("steps");
        for (int i = 0; i < told.size(); i++) {
            assertThat(told.getJsonObject(i).getJsonObject("result").fieldNames())
                    .containsExactly("omitted", "bytes");
        }
        assertThat(rig.get(PATH + "?step=forges").json().getJsonObject("result").getString("digest"))
                .hasSize(256 * 1024);
    }

    private static Workflows.StepView step(String id, @Nullable String result, @Nullable String request) {
        return new Workflows.StepView(
                id, "complete", null, "alice", 1, -1, 0, START, START, 0, 0, result, null, request);
    }
}
