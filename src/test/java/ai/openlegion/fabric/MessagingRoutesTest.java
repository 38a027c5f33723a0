package ai.openlegion.fabric;

import static ai.openlegion.fabric.FabricRig.ALICE;
import static ai.openlegion.fabric.FabricRig.BOB;
import static ai.openlegion.fabric.FabricRig.MUTE;
import static ai.openlegion.fabric.FabricRig.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.messaging.Messaging;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MessagingRoutesTest {

    private static final String MESSAGE = "/mesh/message";
    private static final String HELLO = "{\"to\":\"bob\",\"type\":\"greeting\",\"payload\":{\"n\": 1.0}}";

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
    void a_message_is_from_the_tokens_agent_and_200_once_it_is_stored() throws Exception {
        rig.answer(Messaging.SEND, new Messaging.Stored("msg_0123456789ab", 4));

        var reply = rig.post(ALICE, MESSAGE, """
                {"from_agent":"mesh","from":"operator","to":"bob","type":"task_request","payload":[1.50,
                "x"],"reply_to":"msg_1","ttl":300,"priority":"high","timestamp":"now","workflow_id":null}""");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("{\"delivered\":true,\"id\":\"msg_0123456789ab\"}");
        assertThat(rig.lastAsked(Messaging.Send.class))
                .isEqualTo(new Messaging.Send(
                        Messaging.Kind.MESSAGE,
                        "alice",
                        BOB,
                        null,
                        "task_request",
                        "[1.50, \"x\"]",
                        "msg_1",
                        "high",
                        300));
        Eventually.until(
                "the message is audited",
                () -> rig.audited.stream()
                        .anyMatch(entry -> entry.action().equals("message")
                                && entry.resource().equals("bob")
                                && entry.decision().equals("allowed")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|422",
                "[]|422",
                "{\"to\":\"bob\"}|422",
                "{\"to\":7,\"type\":\"a\"}|422",
                "{\"to\":\"bob\",\"type\":\"\"}|400",
                "{\"to\":\"bob\",\"type\":\"a\\nb\"}|400",
                "{\"to\":\"bob\",\"type\":\"a\",\"priority\":\"asap\"}|400",
                "{\"to\":\"bob\",\"type\":\"a\",\"priority\":1}|422",
                "{\"to\":\"bob\",\"type\":\"a\",\"ttl\":0}|400",
                "{\"to\":\"bob\",\"type\":\"a\",\"ttl\":\"9\"}|422",
                "{\"to\":\"bob\",\"type\":\"a\",\"ttl\":99999999999999999999}|422",
                "{\"to\":\"bob\",\"type\":\"a\",\"reply_to\":{}}|422",
                "{\"to\":\"bob\",\"type\":\"a\",\"agent_id\":\"bob\"}|403",
                "{\"to\":\"alice\",\"type\":\"a\"}|403",
                "{\"to\":\"orchestrator\",\"type\":\"a\"}|403",
                "{\"to\":\"mute\",\"type\":\"a\"}|403",
                "{\"to\":\"nobody at all\",\"type\":\"a\"}|403",
                "{\"to\":\"mesh\",\"type\":\"a\"}|404"
            })
    void a_message_that_cannot_be_is_refused_before_anybody_is_asked(String body, int status) throws Exception {
        rig.answer(Messaging.SEND, new Messaging.Stored("msg_0123456789ab", 4));

        assertThat(rig.post(ALICE, MESSAGE, body).status()).isEqualTo(status);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void an_unknown_recipient_is_404_only_for_who_may_message_it() throws Exception {
        rig.answer(Messaging.SEND, new Messaging.UnknownRecipient());

        assertThat(rig.post(ALICE, MESSAGE, HELLO.replace("bob", "ghost")).status())
                .isEqualTo(404);
        assertThat(rig.post(BOB, MESSAGE, HELLO.replace("bob", "ghost")).detail())
                .isEqualTo("Agent bob cannot message ghost");
    }

    @Test
    void a_full_inbox_is_429_with_a_time_to_come_back() throws Exception {
        rig.answer(Messaging.SEND, new Messaging.InboxFull());

        var reply = rig.post(ALICE, MESSAGE, HELLO);
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("retry-after")).isEqualTo("5");
    }

    @Test
    void a_store_that_cannot_take_it_is_503() throws Exception {
        rig.answer(Messaging.SEND, new Messaging.Unavailable());

        assertThat(rig.post(ALICE, MESSAGE, HELLO).status()).isEqualTo(503);
    }

    @Test
    void an_owner_that_fails_is_503_and_tells_nothing() throws Exception {
        rig.serve(Messaging.SEND, _ -> Future.failedFuture("the secret reason"));

        var reply = rig.post(ALICE, MESSAGE, HELLO);
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).doesNotContain("secret");
    }

    @Test
    void a_tasks_result_needs_no_permission_and_is_not_delivered_while_no_workflow_runs() throws Exception {
        String result = "{\"from_agent\":\"mute\",\"to\":\"orchestrator\",\"type\":\"task_result\",\"payload\":"
                + "{\"task_id\":\"task_0123456789ab\",\"status\":\"complete\"}}";

        var undelivered = rig.post(MUTE, MESSAGE, result);
        assertThat(undelivered.status()).isEqualTo(200);
        assertThat(undelivered.body()).isEqualTo("{\"delivered\":false,\"target\":\"orchestrator\"}");
        Eventually.until(
                "both are audited",
                () -> rig.audited.stream()
                                .filter(entry -> entry.action().equals("task.result")
                                        && entry.resource().equals("task_0123456789ab"))
                                .count()
                        == 2);

        rig.answer(Tasks.REPORT, new Tasks.Reported(true, ""));
        assertThat(rig.post(MUTE, MESSAGE, result).json().getBoolean("delivered"))
                .isTrue();
        assertThat(rig.lastAsked(Tasks.Report.class).agent()).isEqualTo(MUTE);
        assertThat(rig.post(MUTE, MESSAGE, "{\"to\":\"orchestrator\",\"type\":\"task_result\",\"payload\":[]}")
                        .status())
                .isEqualTo(422);
    }

    @Test
    void an_event_says_how_many_got_it() throws Exception {
        rig.answer(Messaging.PUBLISH, new Messaging.Delivered("evt_0123456789ab", 3, 1));

        var reply = rig.post(
                ALICE, "/mesh/publish?agent_id=alice", "{\"topic\":\"news\",\"source\":\"bob\",\"payload\":\"x\"}");
        assertThat(reply.body()).isEqualTo("{\"subscribers_notified\":3}");
        assertThat(rig.lastAsked(Messaging.Publish.class)).isEqualTo(new Messaging.Publish("alice", "news", "\"x\""));
        var _ = rig.post(ALICE, "/mesh/publish", "{\"topic\":\"news\",\"payload\":null}");
        assertThat(rig.lastAsked(Messaging.Publish.class).payload()).isEqualTo("{}");
        var denied = rig.post(ALICE, "/mesh/publish", "{\"topic\":\"deploy\"}");
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.detail()).isEqualTo("Agent alice cannot publish to deploy");
        assertThat(rig.post(ALICE, "/mesh/publish?agent_id=bob", "{\"topic\":\"news\"}")
                        .status())
                .isEqualTo(403);
        assertThat(rig.post(ALICE, "/mesh/publish", "{\"topic\":\"\"}").status())
                .isEqualTo(400);
        assertThat(rig.post(ALICE, "/mesh/publish", "{}").status()).isEqualTo(422);
    }

    @Test
    void a_payload_has_at_most_256_kibibytes() throws Exception {
        rig.answer(Messaging.PUBLISH, new Messaging.InboxFull());
        String event = "{\"topic\":\"news\",\"payload\":\"%s\"}";

        assertThat(rig.post(ALICE, "/mesh/publish", event.formatted("x".repeat(256 * 1024 - 2)))
                        .status())
                .isEqualTo(429);
        assertThat(rig.post(ALICE, "/mesh/publish", event.formatted("x".repeat(256 * 1024 - 1)))
                        .status())
                .isEqualTo(413);
        assertThat(rig.post(ALICE, "/mesh/publish", event.formatted("x".repeat(512 * 1024)))
                        .status())
                .isEqualTo(413);
    }

    @Test
    void a_subscription_is_by_the_query_and_ended_without_permission() throws Exception {
        rig.answer(Messaging.SUBSCRIBE, new Messaging.SubscriptionSet(true));
        rig.answer(Messaging.UNSUBSCRIBE, new Messaging.SubscriptionSet(false));

        assertThat(rig.post(BOB, "/mesh/subscribe?topic=news&agent_id=bob", "").body())
                .isEqualTo("{\"subscribed\":true}");
        assertThat(rig.post(BOB, "/mesh/subscribe?topic=deploy", "").detail())
                .isEqualTo("Agent bob cannot subscribe to deploy");
        assertThat(rig.post(BOB, "/mesh/subscribe", "").status()).isEqualTo(422);
        assertThat(rig.post(BOB, "/mesh/subscribe?topic=", "").status()).isEqualTo(400);
        assertThat(rig.post(BOB, "/mesh/subscribe?topic=a%0Ab", "").status()).isEqualTo(400);
        assertThat(rig.send(MUTE, "DELETE", "/mesh/subscribe?topic=news", "").body())
                .isEqualTo("{\"subscribed\":false}");
    }

    @Test
    void too_many_subscriptions_are_409() throws Exception {
        rig.answer(Messaging.SUBSCRIBE, new Messaging.TooManySubscriptions(1000));

        assertThat(rig.post(BOB, "/mesh/subscribe?topic=news", "").status()).isEqualTo(409);
    }

    @Test
    void a_registration_records_and_subscribes_to_the_names_of_can_subscribe() throws Exception {
        rig.answer(Messaging.REGISTER, new Messaging.Recorded());

        var reply = rig.post(
                ALICE,
                "/mesh/register",
                "{\"agent_id\":\"alice\",\"capabilities\":[\"a\",\"b\\u00e4\"],\"port\":8400}");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("{\"registered\":true}");
        assertThat(rig.lastAsked(Messaging.Register.class))
                .isEqualTo(new Messaging.Register(ALICE, List.of("a", "bä"), 8400, List.of("news")));
        assertThat(rig.post(MUTE, "/mesh/register", "{}").status()).isEqualTo(200);
        assertThat(rig.lastAsked(Messaging.Register.class))
                .isEqualTo(new Messaging.Register(MUTE, List.of(), 0, List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"agent_id\":\"bob\"}|403",
                "{\"capabilities\":\"a\"}|422",
                "{\"capabilities\":[1]}|422",
                "{\"capabilities\":[[\"a\"]]}|422",
                "{\"capabilities\":[\"\"]}|400",
                "{\"port\":80}|400",
                "{\"port\":65536}|400",
                "{\"port\":\"8400\"}|422"
            })
    void a_registration_that_cannot_be_is_refused(String body, int status) throws Exception {
        assertThat(rig.post(ALICE, "/mesh/register", body).status()).isEqualTo(status);
    }

    @Test
    void capabilities_are_bounded() throws Exception {
        rig.answer(Messaging.REGISTER, new Messaging.Recorded());
        String one = "\"" + "c".repeat(64) + "\"";

        assertThat(register(one + ("," + one).repeat(49))).isEqualTo(200);
        assertThat(register(one + ("," + one).repeat(50))).isEqualTo(400);
        assertThat(register("\"" + "c".repeat(65) + "\"")).isEqualTo(400);
    }

    private int register(String capabilities) throws Exception {
        return rig.post(ALICE, "/mesh/register", "{\"capabilities\":[" + capabilities + "]}")
                .status();
    }

    @Test
    void the_agents_one_may_message_are_told_with_role_and_state() throws Exception {
        rig.answer(
                Messaging.DIRECTORY,
                new Messaging.Registrations(Map.of(BOB, new Messaging.Registration(List.of("a"), 8400, 1))));

        assertThat(rig.get(ALICE, "/mesh/agents").body())
                .isEqualTo("{\"bob\":{\"role\":\"bob's role\",\"state\":\"ready\"}}");
        assertThat(rig.get(BOB, "/mesh/agents").body())
                .isEqualTo("{\"alice\":{\"role\":\"alice's role\",\"state\":\"absent\"}}");
        assertThat(rig.get(MUTE, "/mesh/agents").body()).isEqualTo("{}");
    }

    @Test
    void introspection_has_one_member_a_section_and_leaves_null_what_does_not_answer() throws Exception {
        rig.answer(Messaging.DIRECTORY, new Messaging.Registrations(Map.of()));

        JsonObject all = rig.get(ALICE, "/mesh/introspect").json();
        assertThat(all.fieldNames()).containsExactly("permissions", "budget", "fleet", "cron", "health");
        assertThat(all.getJsonArray("fleet").stream().map(agent -> ((JsonObject) agent).getString("id")))
                .containsExactly("bob");
        assertThat(all.getValue("cron")).as("nobody serves it here").isNull();
        assertThat(all.getJsonObject("permissions").getBoolean("can_manage_cron"))
                .isTrue();
        assertThat(all.getJsonObject("health").getString("status")).isEqualTo("ok");
        assertThat(rig.get(ALICE, "/mesh/introspect?section=fleet").json().fieldNames())
                .containsExactly("fleet");
        assertThat(rig.get(ALICE, "/mesh/introspect?section=cron").status()).isEqualTo(503);
        assertThat(rig.get(ALICE, "/mesh/introspect?section=secrets").status()).isEqualTo(400);
        assertThat(rig.get(ALICE, "/mesh/introspect?agent_id=bob").status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /mesh/agents",
                "GET /mesh/inbox",
                "GET /mesh/inbox/stream",
                "POST /mesh/inbox/ack",
                "POST /mesh/message",
                "POST /mesh/publish",
                "POST /mesh/subscribe?topic=news",
                "DELETE /mesh/subscribe?topic=news",
                "POST /mesh/register",
                "GET /mesh/introspect",
                "GET /mesh/cron",
                "POST /mesh/cron",
                "PUT /mesh/cron/cron_0123456789ab",
                "DELETE /mesh/cron/cron_0123456789ab",
                "GET /mesh/blackboard/open/a",
                "PUT /mesh/blackboard/open/a",
                "DELETE /mesh/blackboard/open/a",
                "GET /mesh/blackboard/",
                "POST /mesh/blackboard/claim",
                "POST /mesh/blackboard/watch",
                "GET /mesh/nothing",
                "PATCH /mesh/message"
            })
    void nothing_is_open_without_a_token_or_while_the_mesh_stops(String line) throws Exception {
        String rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n";

        assertThat(rig.statusOf(line + rest + "X: y", "{}".getBytes(UTF_8))).isEqualTo(401);
        assertThat(rig.statusOf(line + rest + "Authorization: Bearer wrong", "{}".getBytes(UTF_8)))
                .isEqualTo(401);
        rig.drain();
        int status = rig.statusOf(line + rest + "Authorization: Bearer " + token(ALICE), "{}".getBytes(UTF_8));
        assertThat(status).isEqualTo(line.contains("nothing") ? 404 : line.startsWith("PATCH") ? 405 : 503);
    }
}
