package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Jobs of agents, of the operator and of schedules.yaml, on a mesh whose time is the real one.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class CronTest {

    private static final String MANAGES = """
            "can_manage_cron": true, "can_message": ["*"], "can_run_workflows": ["nightly"],
            "blackboard_read": ["tasks/*"], "blackboard_write": ["tasks/*"]""";

    private static Mesh mesh;
    private static AgentClient alpha;
    private static AgentClient beta;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .member("alpha", MANAGES)
                .member("beta", MANAGES)
                .member("sleeper", MANAGES)
                .member("pinger", "\"can_message\": [\"*\"]")
                .member("leaving", "")
                .member("scheduled", "")
                .with("config/schedules.yaml", """
                        schedules:
                          morning: {schedule: "every 1s", agent: scheduled, message: "good morning"}
                          yearly: {schedule: "0 0 1 1 *", zone: Europe/Berlin, misfire: once, agent: scheduled, message: "happy new year"}
                        """));
        alpha = AgentClient.of(mesh, "alpha");
        beta = AgentClient.of(mesh, "beta");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    private static long ticks(AgentClient agent, String message) {
        return agent.items(0).stream()
                .filter(item -> item.getJsonObject("payload").encode().contains(message))
                .count();
    }

    private static String id(Reply added) {
        assertThat(added.status()).as(added.body()).isEqualTo(200);
        return added.json().getString("id");
    }

    /// The scheduler lives: a job added now runs.
    private static void assertAlive(String message) {
        String id = id(alpha.cron("every 1s", message));
        Eventually.until("the job runs", () -> ticks(alpha, message) > 0);
        assertThat(alpha.request("DELETE", "/mesh/cron/" + id, null).json())
                .isEqualTo(new JsonObject().put("removed", true).put("id", id));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/0 * * * *",
                "*/0",
                "61 * * * *",
                "* 24 * * *",
                "* * 0 * *",
                "* * * 13 *",
                "* * * * 9",
                "5-1/0 * * * *",
                "every 0s",
                "every 5sheep",
                "every -5m",
                "every 1.5h",
                "every 99999999999999999999d",
                "every",
                "0 0 31 2 *",
                "* * * * * *",
                "* * * *",
                "@reboot",
                "",
                "sometimes"
            })
    void an_expression_that_makes_no_sense_is_400_and_stops_nothing(String schedule) {
        int before = alpha.request("GET", "/mesh/cron", null).array().size();
        Reply reply = alpha.cron(schedule, "never");

        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.detail()).isNotBlank();
        assertThat(alpha.request("GET", "/mesh/cron", null).array()).hasSize(before);
    }

    @Test
    void the_scheduler_lives_on_after_what_it_refused() {
        assertThat(alpha.cron("*/0 * * * *", "never").status()).isEqualTo(400);
        assertThat(alpha.cron("every 0s", "never").status()).isEqualTo(400);
        Reply badZone = alpha.post(
                "/mesh/cron",
                new JsonObject()
                        .put("schedule", "0 0 * * *")
                        .put("message", "never")
                        .put("zone", "Mars/Olympus"));
        assertThat(badZone.status()).isEqualTo(400);
        Reply badMisfire = alpha.post(
                "/mesh/cron",
                new JsonObject()
                        .put("schedule", "0 0 * * *")
                        .put("message", "never")
                        .put("misfire", "twice"));
        assertThat(badMisfire.status()).isIn(400, 422);
        assertAlive("alive after refusals");
    }

    @Test
    void a_job_sends_its_message_from_the_mesh_again_and_again() {
        Reply added = alpha.cron("every 1s", "tick tock");
        String id = id(added);
        assertThat(added.json().getString("agent")).isEqualTo("alpha");
        assertThat(added.json().getString("schedule")).isEqualTo("every 1s");
        assertThat(added.json().getBoolean("heartbeat")).isFalse();
        Eventually.until("two runs", () -> ticks(alpha, "tick tock") >= 2);
        JsonObject item = alpha.items(0).stream()
                .filter(tick -> tick.encode().contains("tick tock"))
                .findFirst()
                .orElseThrow();

        assertThat(item.getString("kind")).isEqualTo("message");
        assertThat(item.getString("from")).isEqualTo("mesh");
        Reply paused = alpha.request("PUT", "/mesh/cron/" + id, "{\"message\":\"tock tick\"}");
        assertThat(paused.status()).as(paused.body()).isEqualTo(200);
        assertThat(paused.json().getString("status")).isEqualTo("updated");
        Eventually.until("the new message", () -> ticks(alpha, "tock tick") >= 1);
        assertThat(alpha.request("PUT", "/mesh/cron/" + id, "{\"schedule\":\"61 * * * *\"}")
                        .status())
                .isEqualTo(400);
        assertThat(alpha.request("DELETE", "/mesh/cron/" + id, null).status()).isEqualTo(200);
        assertThat(alpha.request("DELETE", "/mesh/cron/" + id, null).status()).isEqualTo(404);
        assertThat(alpha.request("GET", "/mesh/cron", null).body()).doesNotContain(id);
    }

    @Test
    void nobody_sees_or_changes_the_jobs_of_another() {
        String id = id(alpha.cron("0 0 1 1 *", "mine alone"));

        assertThat(alpha.request("GET", "/mesh/cron", null).body()).contains(id);
        assertThat(beta.request("GET", "/mesh/cron", null).body()).doesNotContain(id);
        assertThat(beta.request("PUT", "/mesh/cron/" + id, "{\"message\":\"theirs\"}")
                        .status())
                .isEqualTo(404);
        assertThat(beta.request("DELETE", "/mesh/cron/" + id, null).status()).isEqualTo(404);
        JsonObject forAnother = new JsonObject()
                .put("schedule", "every 1s")
                .put("message", "for alpha")
                .put("agent", "alpha")
                .put("owner", "alpha");
        assertThat(beta.post("/mesh/cron", forAnother).json().getString("agent"))
                .isEqualTo("beta");
        assertThat(beta.request("GET", "/mesh/introspect?section=cron", null).body())
                .doesNotContain(id)
                .contains("for alpha");
        assertThat(alpha.request("GET", "/mesh/cron", null).body()).contains("mine alone");
    }

    @Test
    void a_heartbeat_wakes_its_agent_only_if_a_probe_fires() {
        AgentClient sleeper = AgentClient.of(mesh, "sleeper");
        JsonObject job = new JsonObject().put("schedule", "every 1s").put("heartbeat", true);
        JsonObject board = new JsonObject().put("blackboard", new JsonArray().add("tasks/*"));
        id(sleeper.post("/mesh/cron", job.copy().put("message", "tasks?").put("probes", board)));
        awaitTicks(3);
        assertThat(sleeper.items(0)).as("nothing to do").isEmpty();

        assertThat(alpha.put("tasks/new", new JsonObject()).status()).isEqualTo(200);
        Eventually.until("it is woken", () -> ticks(sleeper, "tasks?") > 0);
        assertThat(ticks(sleeper, "tasks?")).isPositive();
    }

    @Test
    void a_heartbeat_without_probes_asks_whether_something_came_from_others() {
        AgentClient beating = AgentClient.of(mesh, "beta");
        id(beating.post(
                "/mesh/cron",
                new JsonObject()
                        .put("schedule", "every 1s")
                        .put("heartbeat", true)
                        .put("message", "mail?")));
        awaitTicks(3);
        assertThat(ticks(beating, "mail?"))
                .as("what the mesh itself sent does not count")
                .isZero();

        assertThat(AgentClient.of(mesh, "pinger")
                        .message("beta", new JsonObject())
                        .status())
                .isEqualTo(200);
        Eventually.until("it is woken", () -> ticks(beating, "mail?") > 0);
    }

    /// Waits until a job of every second has run so often from now on.
    private static void awaitTicks(int count) {
        AgentClient scheduled = AgentClient.of(mesh, "scheduled");
        long before = ticks(scheduled, "good morning");
        Eventually.until(count + " seconds", () -> ticks(scheduled, "good morning") >= before + count);
    }

    @Test
    void an_agent_may_not_have_the_mesh_call_addresses() {
        Reply reply = alpha.post(
                "/mesh/cron",
                new JsonObject()
                        .put("schedule", "every 1s")
                        .put("heartbeat", true)
                        .put("message", "inside?")
                        .put(
                                "probes",
                                new JsonObject()
                                        .put(
                                                "http",
                                                new JsonArray()
                                                        .add(new JsonObject().put("url", "http://169.254.169.254/")))));

        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
    }

    @Test
    void a_job_whose_target_is_gone_is_a_logged_failure_and_the_scheduler_lives() {
        Reply added = mesh.control(
                "POST",
                "/control/cron",
                new JsonObject()
                        .put("schedule", "every 1s")
                        .put("agent", "leaving")
                        .put("message", "still there?"));
        assertThat(added.status()).as(added.body()).isIn(200, 201);
        String id = added.json().getString("id");
        Eventually.until("it runs", () -> ticks(AgentClient.of(mesh, "leaving"), "still there?") > 0);
        mesh.home().withoutAgent("leaving").write();
        mesh.reload();

        Eventually.until("it fails", () -> errors(id) > 0);
        assertThat(mesh.log()).contains(id);
        assertAlive("alive after a lost target");
        assertThat(mesh.control("DELETE", "/control/cron/" + id, null).status()).isIn(200, 204);
    }

    @Test
    void a_workflow_that_cannot_be_run_is_a_counted_failure_too() {
        String id = id(alpha.post(
                "/mesh/cron", new JsonObject().put("schedule", "every 1s").put("workflow", "nightly")));

        Eventually.until("it fails", () -> errors(id) > 0);
        assertAlive("alive without workflows");
        assertThat(alpha.request("DELETE", "/mesh/cron/" + id, null).status()).isEqualTo(200);
    }

    private static long errors(String id) {
        Reply listed = mesh.control("GET", "/control/cron", null);
        assertThat(listed.status()).as(listed.body()).isEqualTo(200);
        JsonArray jobs =
                listed.body().startsWith("[") ? listed.array() : listed.json().getJsonArray("jobs");
        return jobs.stream()
                .map(JsonObject.class::cast)
                .filter(job -> job.getString("id").equals(id))
                .mapToLong(job -> job.getLong("error_count"))
                .sum();
    }

    @Test
    void a_job_of_the_file_runs_and_is_changed_in_the_file_alone() {
        awaitTicks(1);
        assertThat(mesh.control("GET", "/control/cron", null).body())
                .contains("morning")
                .contains("yearly")
                .contains("Europe/Berlin");
        assertThat(mesh.control("DELETE", "/control/cron/morning", null).status())
                .isEqualTo(409);
        assertThat(alpha.request("DELETE", "/mesh/cron/morning", null).status()).isEqualTo(404);
        assertThat(alpha.request("PUT", "/mesh/cron/yearly", "{\"message\":\"x\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void a_malformed_schedules_file_stops_the_start_and_names_every_problem() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().member("alpha", "").with("config/schedules.yaml", """
                schedules:
                  one: {schedule: "*/0 * * * *", agent: alpha, message: x}
                  two: {schedule: "0 0 * * *", agent: nobody, message: x}
                  three: {schedule: "0 0 * * *", zone: Mars/Olympus, agent: alpha, message: x}
                  four: {schedule: "0 0 * * *", agent: alpha, mesage: x}
                  five: {schedule: "0 0 * * *", workflow: nowhere}
                """);
        try (Mesh refused = Mesh.launch(home.write())) {
            assertThat(refused.awaitExit()).isEqualTo(2);
            assertThat(refused.log())
                    .contains("schedules.yaml:2")
                    .contains("schedules.yaml:3")
                    .contains("schedules.yaml:4")
                    .contains("schedules.yaml:5")
                    .contains("schedules.yaml:6")
                    .contains("mesage");
        }
    }
}
