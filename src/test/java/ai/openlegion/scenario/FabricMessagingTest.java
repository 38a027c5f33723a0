package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Topics, messages, registration and discovery between agents of one mesh.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class FabricMessagingTest {

    private static final JsonObject NOTE = new JsonObject().put("text", "hello");

    private static Mesh mesh;
    private static AgentClient alpha;
    private static AgentClient beta;
    private static AgentClient gamma;
    private static AgentClient delta;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .member("alpha", """
                        "can_message": ["beta", "gamma", "ghost"], "can_publish": ["*"], "can_subscribe": ["*"]""")
                .member("beta", """
                        "can_message": ["*"], "can_publish": [], "can_subscribe": ["news", "weather", "*"]""")
                .member("gamma", """
                        "can_subscribe": ["twice", "exact", "ended"]""")
                .member("delta", "\"can_message\": [\"delta\"]"));
        alpha = AgentClient.of(mesh, "alpha");
        beta = AgentClient.of(mesh, "beta");
        gamma = AgentClient.of(mesh, "gamma");
        delta = AgentClient.of(mesh, "delta");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    private static long end(AgentClient agent) {
        List<JsonObject> items = agent.items(0);
        return items.isEmpty() ? 0 : items.getLast().getLong("seq");
    }

    @Test
    void a_message_is_in_the_inbox_once_its_sender_has_its_200() {
        long before = end(beta);
        Reply sent = alpha.post(
                "/mesh/message",
                new JsonObject()
                        .put("to", "beta")
                        .put("type", "task_request")
                        .put("payload", NOTE)
                        .put("reply_to", "msg_0123456789ab")
                        .put("priority", "high")
                        .put("ttl", 300)
                        .put("from_agent", "gamma")
                        .put("from", "gamma")
                        .put("id", "msg_chosen")
                        .put("timestamp", "1999-01-01T00:00:00Z")
                        .put("workflow_id", "wf_1"));
        JsonObject item = beta.items(before).getFirst();

        assertThat(sent.status()).as(sent.body()).isEqualTo(200);
        assertThat(sent.json().getBoolean("delivered")).isTrue();
        assertThat(item.getString("id")).isEqualTo(sent.json().getString("id")).startsWith("msg_");
        assertThat(item.getString("kind")).isEqualTo("message");
        assertThat(item.getString("from")).isEqualTo("alpha");
        assertThat(item.getString("type")).isEqualTo("task_request");
        assertThat(item.getJsonObject("payload")).isEqualTo(NOTE);
        assertThat(item.getString("reply_to")).isEqualTo("msg_0123456789ab");
        assertThat(item.getLong("seq")).isEqualTo(before + 1);
        assertThat(Instant.parse(item.getString("time"))).isAfter(Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Test
    void permission_is_checked_before_the_recipient_is_looked_up() {
        Reply denied = alpha.message("delta", NOTE);
        Reply deniedUnknown = alpha.message("nobody", NOTE);
        Reply unknown = alpha.message("ghost", NOTE);

        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.detail()).isEqualTo("Agent alpha cannot message delta");
        assertThat(deniedUnknown.status()).isEqualTo(403);
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(beta.message("ghost", NOTE).status()).as("by a wildcard").isEqualTo(404);
        assertThat(beta.message("mesh", NOTE).status()).isIn(403, 404);
        assertThat(delta.items(0)).isEmpty();
    }

    @Test
    void a_malformed_message_is_refused_and_stored_nowhere() {
        long before = end(gamma);
        for (String body : List.of(
                "{\"type\":\"note\",\"payload\":{}}",
                "{\"to\":\"gamma\",\"payload\":{}}",
                "{\"to\":7,\"type\":\"note\",\"payload\":{}}",
                "{\"to\":\"gamma\",\"type\":{},\"payload\":{}}")) {
            assertThat(alpha.request("POST", "/mesh/message", body).status())
                    .as(body)
                    .isEqualTo(422);
        }
        for (String body : List.of("", "{\"to\":\"gamma\"", "{\"to\":\"gamma\",\"to\":\"beta\"}")) {
            assertThat(alpha.request("POST", "/mesh/message", body).status())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(alpha.request("POST", "/mesh/message", "[]").status()).isEqualTo(422);
        assertThat(end(gamma)).isEqualTo(before);
    }

    @Test
    void a_task_result_that_no_run_awaits_is_not_delivered_and_needs_no_permission() {
        Reply reply = gamma.post(
                "/mesh/message",
                new JsonObject()
                        .put("to", "orchestrator")
                        .put("type", "task_result")
                        .put(
                                "payload",
                                new JsonObject().put("task_id", "task_1").put("status", "complete")));

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.json().getBoolean("delivered")).isFalse();
        assertThat(reply.json().getString("target")).isEqualTo("orchestrator");
        assertThat(gamma.message("orchestrator", NOTE).status())
                .as("anything else")
                .isIn(403, 404);
    }

    @Test
    void an_event_reaches_those_who_subscribed_to_exactly_that_name() {
        long atGamma = end(gamma);
        assertThat(gamma.subscribe("exact").status()).isEqualTo(200);
        assertThat(alpha.subscribe("exact").status()).isEqualTo(200);
        JsonObject event = new JsonObject()
                .put("topic", "exact")
                .put("payload", NOTE)
                .put("source", "delta")
                .put("id", "evt_1")
                .put("timestamp", "1999-01-01T00:00:00Z")
                .put("unheard_of", 1);
        Reply published = alpha.post("/mesh/publish", event);

        assertThat(published.status()).as(published.body()).isEqualTo(200);
        assertThat(published.json()).isEqualTo(new JsonObject().put("subscribers_notified", 2));
        for (String near : List.of("Exact", "exact.", "exac", "exact/1")) {
            assertThat(alpha.publish(near, NOTE).json().getInteger("subscribers_notified"))
                    .as(near)
                    .isZero();
        }
        List<JsonObject> items = gamma.items(atGamma);
        assertThat(items).hasSize(1);
        assertThat(items.getFirst().getString("kind")).isEqualTo("event");
        assertThat(items.getFirst().getString("topic")).isEqualTo("exact");
        assertThat(items.getFirst().getString("from")).isEqualTo("alpha");
        assertThat(items.getFirst().getJsonObject("payload")).isEqualTo(NOTE);
    }

    @Test
    void subscribed_twice_is_notified_once_and_unsubscribed_not_at_all() {
        assertThat(gamma.subscribe("twice").status()).isEqualTo(200);
        assertThat(gamma.subscribe("twice").status()).isEqualTo(200);
        assertThat(alpha.publish("twice", NOTE).json().getInteger("subscribers_notified"))
                .isEqualTo(1);
        assertThat(gamma.unsubscribe("twice").status()).isEqualTo(200);
        assertThat(alpha.publish("twice", NOTE).json().getInteger("subscribers_notified"))
                .isZero();
        assertThat(gamma.unsubscribe("twice").status()).as("of nothing").isEqualTo(200);
    }

    @Test
    void a_payload_may_be_absent_but_not_a_topic() {
        assertThat(alpha.request("POST", "/mesh/publish", "{\"topic\":\"bare\"}")
                        .status())
                .isEqualTo(200);
        assertThat(alpha.request("POST", "/mesh/publish", "{}").status()).isEqualTo(422);
        assertThat(alpha.request("POST", "/mesh/publish", "{\"topic\":3}").status())
                .isEqualTo(422);
        assertThat(alpha.request("POST", "/mesh/publish", "{\"topic\":\"\"}").status())
                .isIn(400, 422);
        assertThat(alpha.request("POST", "/mesh/subscribe", null).status()).isIn(400, 422);
        String large = "{\"topic\":\"large\",\"payload\":{\"x\":\"" + "x".repeat(256 * 1024) + "\"}}";
        assertThat(alpha.request("POST", "/mesh/publish", large).status()).isEqualTo(413);
    }

    @Test
    void registration_subscribes_to_the_named_topics_and_to_no_wildcard() {
        long before = end(beta);
        assertThat(alpha.publish("news", NOTE).json().getInteger("subscribers_notified"))
                .isZero();
        Reply registered = beta.register();

        assertThat(registered.status()).as(registered.body()).isEqualTo(200);
        assertThat(registered.json()).isEqualTo(new JsonObject().put("registered", true));
        assertThat(alpha.publish("news", NOTE).json().getInteger("subscribers_notified"))
                .isEqualTo(1);
        assertThat(alpha.publish("weather", NOTE).json().getInteger("subscribers_notified"))
                .isEqualTo(1);
        assertThat(alpha.publish("sports", NOTE).json().getInteger("subscribers_notified"))
                .as("what only the wildcard allows")
                .isZero();
        assertThat(alpha.publish("*", NOTE).json().getInteger("subscribers_notified"))
                .isZero();
        assertThat(beta.items(before))
                .extracting(item -> item.getString("topic"))
                .containsSequence("news", "weather");
    }

    @Test
    void a_registration_is_checked() {
        assertThat(gamma.request("POST", "/mesh/register", "{\"capabilities\":[],\"port\":8400}")
                        .status())
                .isEqualTo(200);
        assertThat(gamma.request("POST", "/mesh/register", "{\"capabilities\":[],\"port\":80}")
                        .status())
                .isEqualTo(400);
        assertThat(gamma.request("POST", "/mesh/register", "{\"capabilities\":[],\"port\":70000}")
                        .status())
                .isEqualTo(400);
        assertThat(gamma.request("POST", "/mesh/register", "{\"capabilities\":\"all\"}")
                        .status())
                .isEqualTo(422);
        JsonArray many = new JsonArray();
        for (int i = 0; i < 51; i++) {
            many.add("c" + i);
        }
        assertThat(gamma.post("/mesh/register", new JsonObject().put("capabilities", many))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void an_agent_discovers_those_whom_it_may_message() {
        gamma.register();
        JsonObject seen =
                alpha.request("GET", "/mesh/agents?agent_id=alpha", null).json();

        assertThat(seen.fieldNames()).containsExactlyInAnyOrder("beta", "gamma");
        assertThat(seen.getJsonObject("gamma").getString("role")).isEqualTo("test");
        assertThat(seen.getJsonObject("gamma").getString("state")).isNotBlank();
        assertThat(beta.request("GET", "/mesh/agents", null).json().fieldNames())
                .contains("alpha", "gamma", "delta");
        assertThat(gamma.request("GET", "/mesh/agents", null).json().fieldNames())
                .doesNotContain("alpha", "beta", "delta");
    }

    @Test
    void introspection_answers_by_sections_and_holds_no_secret() {
        for (String section : List.of("permissions", "budget", "fleet", "cron", "health")) {
            Reply reply = alpha.request("GET", "/mesh/introspect?section=" + section, null);
            assertThat(reply.status()).as(section).isEqualTo(200);
            assertThat(reply.json().fieldNames()).as(section).containsExactly(section);
        }
        Reply all = alpha.request("GET", "/mesh/introspect?section=all", null);
        assertThat(all.json().fieldNames())
                .containsExactlyInAnyOrder("permissions", "budget", "fleet", "cron", "health");
        assertThat(all.body())
                .doesNotContain(mesh.token("alpha"))
                .doesNotContain(Upstream.KEY)
                .doesNotContain(mesh.home().root().toString());
        assertThat(alpha.request("GET", "/mesh/introspect?section=secrets", null)
                        .status())
                .isEqualTo(400);
    }
}
