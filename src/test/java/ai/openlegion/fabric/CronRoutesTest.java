package ai.openlegion.fabric;

import static ai.openlegion.fabric.FabricRig.ALICE;
import static ai.openlegion.fabric.FabricRig.BOB;
import static ai.openlegion.fabric.FabricRig.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.schedule.Schedule;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CronRoutesTest {

    private static final String CRON = "/mesh/cron";
    private static final String JOB_ID = "cron_0123456789ab";
    private static final Schedule.Spec SPEC = new Schedule.Spec(
            "every 30m",
            "Europe/Berlin",
            Schedule.Misfire.ONCE,
            ALICE,
            null,
            "wake up",
            "{}",
            true,
            List.of(new Schedule.PendingInbox(), new Schedule.BlackboardMatch("tasks/alice*")),
            true);
    private static final Schedule.Job JOB =
            new Schedule.Job(JOB_ID, ALICE, false, SPEC, NOW + 60_000, 0, 3, 1, "inbox full");

    @TempDir
    Path folder;

    private FabricRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = new FabricRig(folder);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void a_job_is_its_agents_own_and_told_in_full() throws Exception {
        rig.answer(Schedule.ADD, new Schedule.Done(JOB));

        var reply = rig.post(ALICE, CRON, """
                {"agent_id":"alice","agent":"bob","schedule":"every 30m","zone":"Europe/Berlin","misfire":"once",
                "message":"wake up","heartbeat":true,"probes":{"inbox":true,"blackboard":["tasks/alice*"]}}""");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(rig.lastAsked(Schedule.Add.class)).isEqualTo(new Schedule.Add(ALICE, SPEC));
        assertThat(reply.json()).isEqualTo(new JsonObject("""
                        {"id":"cron_0123456789ab","owner":"alice","from_file":false,"agent":"alice",
                        "schedule":"every 30m","zone":"Europe/Berlin","misfire":"once","message":"wake up",
                        "workflow":null,"input":{},"heartbeat":true,"probes":["inbox","blackboard tasks/alice*"],
                        "enabled":true,"next_run":"2026-11-22T10:01:00Z","last_run":null,"run_count":3,
                        "error_count":1,"last_error":"inbox full"}"""));
    }

    @Test
    void a_job_for_a_workflow_needs_that_permission_too() throws Exception {
        rig.answer(Schedule.ADD, new Schedule.Done(JOB));

        assertThat(rig.post(ALICE, CRON, "{\"schedule\":\"0 3 * * *\",\"workflow\":\"nightly\",\"input\":{\"a\":1}}")
                        .status())
                .isEqualTo(200);
        assertThat(rig.lastAsked(Schedule.Add.class).spec())
                .isEqualTo(new Schedule.Spec(
                        "0 3 * * *",
                        "UTC",
                        Schedule.Misfire.SKIP,
                        null,
                        "nightly",
                        "",
                        "{\"a\":1}",
                        false,
                        List.of(),
                        true));
        assertThat(rig.post(ALICE, CRON, "{\"schedule\":\"0 3 * * *\",\"workflow\":\"deploy\"}")
                        .detail())
                .isEqualTo("Agent alice cannot run workflow deploy");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|422",
                "{\"schedule\":5}|422",
                "{\"schedule\":\"every 1h\",\"misfire\":\"twice\"}|400",
                "{\"schedule\":\"every 1h\",\"heartbeat\":\"yes\"}|422",
                "{\"schedule\":\"every 1h\",\"input\":[]}|422",
                "{\"schedule\":\"every 1h\",\"message\":{}}|422",
                "{\"schedule\":\"every 1h\",\"probes\":[]}|422",
                "{\"schedule\":\"every 1h\",\"probes\":{\"blackboard\":[\"a[\"]}}|400",
                "{\"schedule\":\"every 1h\",\"probes\":{\"blackboard\":\"a\"}}|422",
                "{\"schedule\":\"every 1h\",\"probes\":{\"http\":[{\"url\":\"http://127.0.0.1/\"}]}}|400",
                "{\"schedule\":\"every 1h\",\"agent_id\":\"bob\"}|403"
            })
    void a_job_that_cannot_be_is_refused_before_anybody_is_asked(String body, int status) throws Exception {
        assertThat(rig.post(ALICE, CRON, body).status()).isEqualTo(status);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void without_the_permission_nothing_is_done() throws Exception {
        String job = "{\"schedule\":\"every 1h\"}";

        assertThat(rig.post(BOB, CRON, job).detail()).isEqualTo("Agent bob cannot manage cron");
        assertThat(rig.get(BOB, CRON).status()).isEqualTo(403);
        assertThat(rig.send(BOB, "PUT", CRON + "/" + JOB_ID, job).status()).isEqualTo(403);
        assertThat(rig.send(BOB, "DELETE", CRON + "/" + JOB_ID, "").status()).isEqualTo(403);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void an_invalid_schedule_is_400_with_the_reason() throws Exception {
        rig.answer(Schedule.ADD, new Schedule.Invalid("*/0 is not a step"));
        rig.answer(Schedule.CHANGE, new Schedule.TooMany(100));

        var reply = rig.post(ALICE, CRON, "{\"schedule\":\"*/0 * * * *\"}");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.detail()).isEqualTo("*/0 is not a step");
        assertThat(rig.send(ALICE, "PUT", CRON + "/" + JOB_ID, "{}").status()).isEqualTo(409);
    }

    @Test
    void jobs_are_listed_changed_and_removed() throws Exception {
        rig.answer(Schedule.LIST, new Schedule.Jobs(List.of(JOB)));
        rig.answer(Schedule.CHANGE, new Schedule.Done(JOB));
        rig.answer(Schedule.REMOVE, new Schedule.Done(JOB));

        assertThat(rig.get(ALICE, CRON + "?agent_id=alice").array()).hasSize(1);
        assertThat(rig.lastAsked(Schedule.ListJobs.class).owner()).isEqualTo(ALICE);
        var changed = rig.send(ALICE, "PUT", CRON + "/" + JOB_ID, "{\"enabled\":false,\"suppress_empty\":true}");
        assertThat(changed.json().getString("status")).isEqualTo("updated");
        assertThat(changed.json().getJsonObject("job").getString("id")).isEqualTo(JOB_ID);
        assertThat(rig.lastAsked(Schedule.Change.class))
                .isEqualTo(new Schedule.Change(ALICE, JOB_ID, null, null, null, null, false));
        assertThat(rig.send(ALICE, "DELETE", CRON + "/" + JOB_ID, "").body())
                .isEqualTo("{\"removed\":true,\"id\":\"" + JOB_ID + "\"}");
    }

    @Test
    void anothers_job_is_unknown_and_one_of_the_file_cannot_be_changed() throws Exception {
        rig.answer(Schedule.CHANGE, new Schedule.UnknownJob());
        rig.answer(Schedule.REMOVE, new Schedule.InFile());

        assertThat(rig.send(ALICE, "PUT", CRON + "/" + JOB_ID, "{}").status()).isEqualTo(404);
        assertThat(rig.send(ALICE, "DELETE", CRON + "/" + JOB_ID, "").status()).isEqualTo(409);
        assertThat(rig.send(ALICE, "DELETE", CRON + "/a%2Fb", "").status()).isEqualTo(404);
        assertThat(rig.send(ALICE, "DELETE", CRON + "/", "").status()).isEqualTo(404);
    }
}
