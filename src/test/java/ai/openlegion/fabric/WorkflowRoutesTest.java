package ai.openlegion.fabric;

import static ai.openlegion.fabric.FabricRig.ALICE;
import static ai.openlegion.fabric.FabricRig.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Runs that agents ask for, at the real listener; what the workflows answer is served by hand.
final class WorkflowRoutesTest {

    private static final String NIGHTLY = "/mesh/workflows/nightly/runs";

    @TempDir
    Path folder;

    @Test
    void a_run_is_started_in_the_name_of_the_tokens_agent_and_recorded() throws Exception {
        try (FabricRig rig = new FabricRig(folder)) {
            rig.answer(Workflows.RUN, new Workflows.Started("wf_0123456789ab"));

            var reply = rig.post(ALICE, NIGHTLY, "{\"input\":{\"lead_id\": 7.0},\"by\":\"operator\"}");

            assertThat(reply.status()).isEqualTo(202);
            assertThat(reply.json()).isEqualTo(new JsonObject().put("execution_id", "wf_0123456789ab"));
            assertThat(rig.lastAsked(Workflows.Run.class))
                    .isEqualTo(new Workflows.Run("nightly", "{\"lead_id\": 7.0}", "alice"));
            assertThat(rig.post(ALICE, NIGHTLY, "").status()).isEqualTo(202);
            assertThat(rig.lastAsked(Workflows.Run.class).input()).isEqualTo("{}");
            Eventually.until("both are in the audit", () -> decisions(rig, "allowed") == 2);
        }
    }

    @Test
    void who_may_not_is_told_so_and_nobody_is_asked() throws Exception {
        try (FabricRig rig = new FabricRig(folder)) {
            var denied = rig.post(BOB, NIGHTLY, "{}");

            assertThat(denied.status()).isEqualTo(403);
            assertThat(denied.json())
                    .isEqualTo(new JsonObject().put("detail", "Agent bob cannot run workflow nightly"));
            assertThat(rig.post(ALICE, "/mesh/workflows/deploy/runs", "{}").detail())
                    .isEqualTo("Agent alice cannot run workflow deploy");
            assertThat(rig.post(ALICE, NIGHTLY, "{\"agent_id\":\"bob\"}").status())
                    .isEqualTo(403);
            assertThat(rig.asked).isEmpty();
            Eventually.until("the denials are in the audit", () -> decisions(rig, "denied") == 2);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{'input':[]}|422", "{'input':7}|422", "[]|422", "{'input':{}|400", "{'input':{'a':1,'a':2}}|400"})
    void an_input_that_is_no_object_is_refused(String body, int status) throws Exception {
        try (FabricRig rig = new FabricRig(folder)) {
            assertThat(rig.post(ALICE, NIGHTLY, body.replace('\'', '"')).status())
                    .isEqualTo(status);
            assertThat(rig.asked).isEmpty();
        }
    }

    @Test
    void an_input_that_is_too_large_is_refused() throws Exception {
        try (FabricRig rig = new FabricRig(folder)) {
            String large = "{\"input\":{\"a\":\"" + "x".repeat(Workflows.MOST_INPUT_BYTES) + "\"}}";
            assertThat(rig.post(ALICE, NIGHTLY, large).status()).isEqualTo(413);
        }
    }

    @Test
    void what_the_workflows_refuse_is_told_and_recorded() throws Exception {
        try (FabricRig rig = new FabricRig(folder)) {
            rig.serveInTurn(
                    Workflows.RUN,
                    List.of(
                            new Workflows.Unknown("no such workflow"),
                            new Workflows.Refused("the input is larger than 262144 bytes"),
                            new Workflows.TooMany(1000),
                            new Workflows.Unavailable()));

            assertThat(rig.post(ALICE, NIGHTLY, "{}").status()).isEqualTo(404);
            assertThat(rig.post(ALICE, NIGHTLY, "{}").status()).isEqualTo(422);
            var tooMany = rig.post(ALICE, NIGHTLY, "{}");
            assertThat(tooMany.status()).isEqualTo(429);
            assertThat(tooMany.header("retry-after")).isEqualTo("5");
            assertThat(rig.post(ALICE, NIGHTLY, "{}").status()).isEqualTo(503);
            Eventually.until("all four are in the audit", () -> decisions(rig, "refused") == 4);
        }
    }

    @Test
    void a_mesh_without_workflows_says_503() throws Exception {
        try (FabricRig rig = new FabricRig(folder)) {
            assertThat(rig.post(ALICE, NIGHTLY, "{}").status()).isEqualTo(503);
        }
    }

    @Test
    void runs_have_a_rate_of_their_own() throws Exception {
        RateLimits rates = new RateLimits(10_000, Map.of("run_workflow", 1));
        try (FabricRig rig = new FabricRig(folder, rates, GatewayLimits.DEFAULTS, 1)) {
            rig.answer(Workflows.RUN, new Workflows.Started("wf_0123456789ab"));

            assertThat(rig.post(ALICE, NIGHTLY, "{}").status()).isEqualTo(202);
            var beyond = rig.post(ALICE, NIGHTLY, "{}");
            assertThat(beyond.status()).isEqualTo(429);
            assertThat(Integer.parseInt(beyond.header("retry-after"))).isBetween(1, 60);
            assertThat(rig.asked).hasSize(1);
        }
    }

    private static long decisions(FabricRig rig, String begin) {
        return rig.audited.stream()
                .filter(entry -> entry.action().equals("workflow.run"))
                .map(AuditEntry::decision)
                .filter(decision -> decision.startsWith(begin))
                .count();
    }
}
