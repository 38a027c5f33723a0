package ai.openlegion.control;

import static ai.openlegion.control.ControlRig.RESEARCHER;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditReader;
import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Schedule.Misfire;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class FabricViewsTest {

    private static final Blackboard.Entry ENTRY = new Blackboard.Entry(
            "context/é 1", "{\"n\": 1.0}", "researcher", null, 1_795_305_600_000L, 1_795_305_660_000L, 60, 3);

    private static final Schedule.Job JOB = new Schedule.Job(
            "cron_0123456789ab",
            null,
            false,
            new Schedule.Spec(
                    "every 30m",
                    "UTC",
                    Misfire.ONCE,
                    RESEARCHER,
                    null,
                    "look",
                    "{}",
                    true,
                    List.of(new Schedule.PendingInbox(), new Schedule.HttpStatus("http://x/", 204)),
                    true),
            1_795_305_600_000L,
            0,
            2,
            1,
            "inbox full");

    @TempDir
    Path folder;

    private ControlRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new ControlRig(folder);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void the_blackboard_is_listed_with_a_link_to_what_follows() throws Exception {
        rig.serve(Blackboard.LIST, new AtomicReference<>(new Blackboard.Page(List.of(ENTRY), true)));

        RawHttp.Response response = rig.get("/control/blackboard?prefix=context%2F&after=a&limit=1");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body())
                .startsWith("[{\"key\":\"context/é 1\",\"value\":{\"n\": 1.0},")
                .endsWith("}]");
        assertThat(response.array().getJsonObject(0)).isEqualTo(new JsonObject("""
                {"key": "context/é 1", "value": {"n": 1.0}, "written_by": "researcher", "workflow_id": null,
                 "created_at": "2026-11-22T00:00:00Z", "updated_at": "2026-11-22T00:01:00Z", "ttl": 60, "version": 3}"""));
        assertThat(response.header("link"))
                .isEqualTo("</control/blackboard?prefix=context%2F&limit=1&after=context%2F%C3%A9+1>; rel=\"next\"");
        assertThat(rig.get("/control/blackboard/").status()).isEqualTo(200);
        assertThat(rig.asked)
                .containsExactly(
                        new Blackboard.ListEntries(null, "context/", "a", 1),
                        new Blackboard.ListEntries(null, "", null, 100));
    }

    @Test
    void an_entry_is_found_by_its_raw_key() throws Exception {
        AtomicReference<Blackboard.Lookup> answer = new AtomicReference<>(new Blackboard.Present(ENTRY));
        rig.serve(Blackboard.GET, answer);
        assertThat(rig.get("/control/blackboard/context/%C3%A9%201").json().getInteger("version"))
                .isEqualTo(3);
        assertThat(rig.get("/control/blackboard/a%252Fb").status()).isEqualTo(200);
        answer.set(new Blackboard.Absent());
        assertThat(rig.get("/control/blackboard/none").status()).isEqualTo(404);
        answer.set(new Blackboard.Unavailable());
        assertThat(rig.get("/control/blackboard/none").status()).isEqualTo(503);
        assertThat(rig.asked)
                .containsExactly(
                        new Blackboard.Get("context/é 1"),
                        new Blackboard.Get("a%2Fb"),
                        new Blackboard.Get("none"),
                        new Blackboard.Get("none"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/%2E%2E/b", "a//b", "a/%0A", "%zz", "a/..%2Fb", "a/"})
    void a_bad_key_is_400_and_asks_nobody(String key) throws Exception {
        assertThat(rig.get("/control/blackboard/" + key).status()).isEqualTo(400);
        assertThat(rig.asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/control/blackboard?limit=0",
                "/control/blackboard?limit=1001",
                "/control/blackboard?limit=ten",
                "/control/inbox/researcher?limit=-1",
                "/control/inbox/researcher?after=x",
                "/control/inbox/researcher?after=-1"
            })
    void a_page_that_cannot_be_is_400(String path) throws Exception {
        assertThat(rig.get(path).status()).isEqualTo(400);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void an_inbox_is_shown_without_acknowledging() throws Exception {
        rig.serve(Inbox.READ, new AtomicReference<>(new Inbox.State(1, 0, 12, 6, 0, 7, 2, List.of("news"))));
        AtomicReference<Inbox.Fetched> fetched = new AtomicReference<>(new Inbox.Items(
                List.of(new Inbox.Item(
                        7,
                        Messaging.Kind.EVENT,
                        "evt_1",
                        "writer",
                        null,
                        "news",
                        "[1, 2]",
                        null,
                        null,
                        1_795_305_600_000L)),
                7));
        rig.serve(Inbox.FETCH, fetched);

        assertThat(rig.get("/control/inbox/researcher?limit=5").json()).isEqualTo(new JsonObject("""
                {"agent": "researcher",
                 "standing": {"items": 1, "from_mesh": 0, "bytes": 12, "acked_up_to": 6, "pushed_up_to": 0, "last_seq": 7,
                              "readers": 2, "topics": ["news"]},
                 "items": [{"seq": 7, "kind": "event", "id": "evt_1", "from": "writer", "topic": "news",
                            "payload": [1, 2], "time": "2026-11-22T00:00:00Z"}],
                 "last_seq": 7}"""));
        fetched.set(new Inbox.Unavailable());
        assertThat(rig.get("/control/inbox/researcher").status()).isEqualTo(503);
        assertThat(rig.get("/control/inbox/nobody").status()).isEqualTo(404);
    }

    @Test
    void the_operators_message_is_delivered_and_audited() throws Exception {
        AtomicReference<Messaging.Sent> answer = new AtomicReference<>(new Messaging.Stored("msg_1", 3));
        rig.serve(Messaging.SEND, answer);

        RawHttp.Response sent =
                rig.ask("POST", "/control/agents/researcher/message", "{\"message\": \"say \\\"hi\\\"\"}");
        assertThat(sent.body()).isEqualTo("{\"delivered\":true,\"id\":\"msg_1\",\"seq\":3}");
        assertThat(rig.ask(
                                "POST",
                                "/control/agents/researcher/message",
                                "{\"payload\": [1.0], \"type\": \"query\", \"kind\": \"steer\"}")
                        .status())
                .isEqualTo(200);
        answer.set(new Messaging.InboxFull());
        RawHttp.Response full = rig.ask("POST", "/control/agents/researcher/message", "{\"message\": \"x\"}");
        assertThat(full.status()).isEqualTo(429);
        assertThat(full.header("retry-after")).isEqualTo("5");
        assertThat(rig.ask("POST", "/control/agents/nobody/message", "{\"message\": \"x\"}")
                        .status())
                .isEqualTo(404);

        assertThat(rig.asked)
                .containsExactly(
                        Messaging.Send.of(
                                Messaging.Kind.MESSAGE,
                                "operator",
                                RESEARCHER,
                                "message",
                                "{\"message\":\"say \\\"hi\\\"\"}"),
                        Messaging.Send.of(Messaging.Kind.STEER, "operator", RESEARCHER, "query", "[1.0]"),
                        Messaging.Send.of(
                                Messaging.Kind.MESSAGE, "operator", RESEARCHER, "message", "{\"message\":\"x\"}"));
        assertThat(audited())
                .containsExactly(
                        "operator message researcher allowed",
                        "operator steer researcher allowed",
                        "operator message researcher refused: inbox full",
                        "operator message nobody refused: unknown agent");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nobody     | {\"message\": \"x\"}                                | 404",
                "researcher | {}                                                  | 422",
                "researcher | {\"message\": 1}                                    | 422",
                "researcher | {\"message\": \"x\", \"payload\": {}}               | 422",
                "researcher | {\"message\": \"x\", \"kind\": \"shout\"}           | 422",
                "researcher | {\"message\": \"x\", \"type\": \"\"}                | 422",
                "researcher | [1]                                                 | 422",
                "researcher | {\"message\": \"x\"                                 | 400"
            })
    void a_message_that_makes_no_sense_reaches_nobody(String agent, String body, int status) throws Exception {
        assertThat(rig.ask("POST", "/control/agents/" + agent + "/message", body)
                        .status())
                .isEqualTo(status);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void jobs_are_listed_shown_added_changed_and_removed() throws Exception {
        AtomicReference<Schedule.Changed> changed = new AtomicReference<>(new Schedule.Done(JOB));
        rig.serve(Schedule.LIST, new AtomicReference<>(new Schedule.Jobs(List.of(JOB))));
        rig.serve(Schedule.ADD, changed);
        rig.serve(Schedule.CHANGE, changed);
        rig.serve(Schedule.REMOVE, changed);
        JsonObject job = new JsonObject("""
                {"id": "cron_0123456789ab", "owner": "operator", "from_file": false, "schedule": "every 30m",
                 "zone": "UTC", "misfire": "once", "agent": "researcher", "workflow": null, "message": "look",
                 "input": {}, "heartbeat": true, "probes": ["inbox", "http http://x/ 204"], "enabled": true,
                 "next_run": "2026-11-22T00:00:00Z", "last_run": null, "run_count": 2, "error_count": 1,
                 "last_error": "inbox full"}""");

        assertThat(rig.get("/control/cron").array().getJsonObject(0)).isEqualTo(job);
        assertThat(rig.get("/control/cron/cron_0123456789ab").json()).isEqualTo(job);
        assertThat(rig.get("/control/cron/other").status()).isEqualTo(404);
        RawHttp.Response added = rig.ask("POST", "/control/cron", """
                {"schedule": "0 9 * * 1-5", "zone": "Europe/Berlin", "misfire": "once", "workflow": "daily",
                 "input": {"n": 1.0}, "enabled": false}""");
        assertThat(added.status()).isEqualTo(201);
        assertThat(added.json()).isEqualTo(job);
        assertThat(rig.ask("PUT", "/control/cron/cron_0123456789ab", "{\"enabled\": false, \"misfire\": \"skip\"}")
                        .json())
                .isEqualTo(job);
        assertThat(rig.ask("DELETE", "/control/cron/cron_0123456789ab", "").json())
                .isEqualTo(job);

        assertThat(rig.asked.stream().filter(question -> !(question instanceof Schedule.ListJobs)))
                .containsExactly(
                        new Schedule.Add(
                                null,
                                new Schedule.Spec(
                                        "0 9 * * 1-5",
                                        "Europe/Berlin",
                                        Misfire.ONCE,
                                        null,
                                        "daily",
                                        "",
                                        "{\"n\": 1.0}",
                                        false,
                                        List.of(),
                                        false)),
                        new Schedule.Change(null, "cron_0123456789ab", null, null, Misfire.SKIP, null, false),
                        new Schedule.Remove(null, "cron_0123456789ab"));
        assertThat(audited())
                .containsExactly(
                        "operator cron.add cron_0123456789ab allowed",
                        "operator cron.change cron_0123456789ab allowed",
                        "operator cron.remove cron_0123456789ab allowed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"agent\": \"researcher\"}",
                "{\"schedule\": 5, \"agent\": \"researcher\"}",
                "{\"schedule\": \"every 1h\"}",
                "{\"schedule\": \"every 1h\", \"agent\": \"researcher\", \"workflow\": \"w\"}",
                "{\"schedule\": \"every 1h\", \"agent\": \"no/body\"}",
                "{\"schedule\": \"every 1h\", \"agent\": \"researcher\", \"misfire\": \"maybe\"}",
                "{\"schedule\": \"every 1h\", \"agent\": \"researcher\", \"enabled\": \"yes\"}",
                "{\"schedule\": \"every 1h\", \"agent\": \"researcher\", \"input\": []}",
                "{\"schedule\": \"every 1h\", \"agent\": \"researcher\", \"probes\": {}}"
            })
    void a_job_that_makes_no_sense_is_422_and_asks_nobody(String body) throws Exception {
        assertThat(rig.ask("POST", "/control/cron", body).status()).isEqualTo(422);
        assertThat(rig.ask("PUT", "/control/cron/x", "{\"workflow\": \"w\"}").status())
                .isEqualTo(422);
        assertThat(rig.ask("PUT", "/control/cron/x", "{}").status()).isEqualTo(422);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void what_the_schedule_refuses_keeps_its_reason() throws Exception {
        AtomicReference<Schedule.Changed> changed = new AtomicReference<>(new Schedule.Invalid("61 is no minute"));
        rig.serve(Schedule.ADD, changed);
        rig.serve(Schedule.REMOVE, changed);
        RawHttp.Response invalid =
                rig.ask("POST", "/control/cron", "{\"schedule\": \"61 * * * *\", \"agent\": \"researcher\"}");
        assertThat(invalid.status()).isEqualTo(400);
        assertThat(invalid.detail()).isEqualTo("61 is no minute");
        changed.set(new Schedule.InFile());
        assertThat(rig.ask("DELETE", "/control/cron/nightly", "").status()).isEqualTo(409);
        changed.set(new Schedule.UnknownJob());
        assertThat(rig.ask("DELETE", "/control/cron/nightly", "").status()).isEqualTo(404);
        changed.set(new Schedule.TooMany(100));
        assertThat(rig.ask("DELETE", "/control/cron/nightly", "").status()).isEqualTo(409);
        changed.set(new Schedule.Unavailable());
        assertThat(rig.ask("DELETE", "/control/cron/nightly", "").status()).isEqualTo(503);
        assertThat(audited())
                .containsExactly(
                        "operator cron.add researcher refused: 61 is no minute",
                        "operator cron.remove nightly refused: stands in the file",
                        "operator cron.remove nightly refused: unknown job",
                        "operator cron.remove nightly refused: too many jobs");
    }

    @Test
    void an_owner_that_does_not_answer_is_503() throws Exception {
        assertThat(rig.get("/control/blackboard").status()).isEqualTo(503);
        assertThat(rig.get("/control/inbox/researcher").status()).isEqualTo(503);
        assertThat(rig.get("/control/cron").status()).isEqualTo(503);
        assertThat(rig.ask("POST", "/control/agents/researcher/message", "{\"message\": \"x\"}")
                        .status())
                .isEqualTo(503);
    }

    private List<String> audited() throws Exception {
        // entries are written at the end of a group, so one that comes after them sees them
        Boolean written = ControlRig.await(rig.database.write(connection -> true));
        assertThat(written).isTrue();
        return ControlRig.await(rig.database.write(connection -> AuditReader.read(connection, 1, 100))).stream()
                .map(recorded -> recorded.entry())
                .map(entry -> entry.actor() + " " + entry.action() + " " + entry.resource() + " " + entry.decision())
                .toList();
    }
}
