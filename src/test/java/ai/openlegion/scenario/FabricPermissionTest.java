package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Each crossing to the fabric: by whom it is refused, with which words, and that it is written down.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class FabricPermissionTest {

    private static Mesh mesh;
    private static AgentClient narrow;
    private static AgentClient liar;
    private static AgentClient mute;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .member("narrow", """
                        "can_message": ["mute"], "can_publish": ["news"], "can_subscribe": ["news"],
                        "blackboard_read": ["open/*"], "blackboard_write": ["open/*"]""")
                // so that its denials do not count with those that are looked up one by one
                .member("liar", "\"can_publish\": [\"news\"]")
                .member("clerk", "\"can_manage_cron\": true")
                .member("mute", ""));
        narrow = AgentClient.of(mesh, "narrow");
        liar = AgentClient.of(mesh, "liar");
        mute = AgentClient.of(mesh, "mute");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    /// Agent, method, path, body, and what it is told behind "Agent <id> cannot ".
    static Stream<Arguments> refused() {
        String claim = "{\"key\":\"secret/x\",\"value\":{},\"expected_version\":0}";
        String toClerk = "{\"to\":\"clerk\",\"type\":\"note\",\"payload\":{}}";
        return Stream.of(
                Arguments.of("narrow", "GET", "/mesh/blackboard/secret/x", null, "read secret/x"),
                Arguments.of("narrow", "GET", "/mesh/blackboard/Open/x", null, "read Open/x"),
                Arguments.of("narrow", "GET", "/mesh/blackboard/secret%2Fx", null, "read secret/x"),
                Arguments.of("narrow", "PUT", "/mesh/blackboard/secret/x", "{}", "write secret/x"),
                Arguments.of("narrow", "DELETE", "/mesh/blackboard/secret/x", null, "write secret/x"),
                Arguments.of("narrow", "POST", "/mesh/blackboard/claim", claim, "write secret/x"),
                Arguments.of("narrow", "POST", "/mesh/publish", "{\"topic\":\"deploy\"}", "publish to deploy"),
                Arguments.of("narrow", "POST", "/mesh/publish", "{\"topic\":\"News\"}", "publish to News"),
                Arguments.of("narrow", "POST", "/mesh/publish", "{\"topic\":\"*\"}", "publish to *"),
                Arguments.of("narrow", "POST", "/mesh/subscribe?topic=deploy", null, "subscribe to deploy"),
                Arguments.of("narrow", "POST", "/mesh/message", toClerk, "message clerk"),
                Arguments.of("narrow", "POST", "/mesh/cron", "{\"schedule\":\"every 1h\"}", "manage cron"),
                Arguments.of(
                        "clerk",
                        "POST",
                        "/mesh/cron",
                        "{\"schedule\":\"every 1h\",\"workflow\":\"nightly\"}",
                        "run workflow nightly"),
                Arguments.of("mute", "GET", "/mesh/blackboard/open/x", null, "read open/x"),
                Arguments.of("mute", "PUT", "/mesh/blackboard/open/x", "{}", "write open/x"),
                Arguments.of("mute", "POST", "/mesh/publish", "{\"topic\":\"news\"}", "publish to news"),
                Arguments.of("mute", "POST", "/mesh/subscribe?topic=news", null, "subscribe to news"),
                Arguments.of("mute", "POST", "/mesh/blackboard/watch", "{\"pattern\":\"open/*\"}", "read open/*"));
    }

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("refused")
    void what_is_not_allowed_is_403_in_plain_words_and_audited(
            String agent, String method, String path, @Nullable String body, String words) {
        Reply reply = AgentClient.of(mesh, agent).request(method, path, body);

        assertThat(reply.status()).as(reply.body()).isEqualTo(403);
        assertThat(reply.json()).isEqualTo(new JsonObject().put("detail", "Agent " + agent + " cannot " + words));
        JsonObject entry = audited(agent, reply.header("x-request-id"));
        assertThat(entry.getString("decision")).isEqualTo("denied");
        assertThat(entry.getString("rule")).isNotBlank();
        assertThat(entry.getLong("revision")).isPositive();
        assertThat(words).endsWith(words.equals("manage cron") ? "cron" : entry.getString("resource"));
    }

    /// The audit's entry of one request; the stream tells what is durable.
    private static JsonObject audited(String agent, String requestId) {
        try (EventSource events = mesh.events("after=0&agent=" + agent)) {
            assertThat(events.status()).isEqualTo(200);
            JsonObject entry = events.next().item();
            while (!requestId.equals(entry.getString("request_id"))) {
                entry = events.next().item();
            }
            assertThat(entry.getString("actor")).isEqualTo(agent);
            return entry;
        }
    }

    @Test
    void what_is_done_is_audited_too() {
        List<Reply> done = new ArrayList<>();
        done.add(narrow.put("open/audited", new JsonObject()));
        done.add(narrow.claim("open/audited", new JsonObject(), 1));
        done.add(narrow.watch("open/*"));
        done.add(narrow.subscribe("news"));
        done.add(narrow.publish("news", new JsonObject()));
        done.add(narrow.message("mute", new JsonObject()));
        done.add(narrow.register());
        done.add(narrow.delete("open/audited"));
        done.add(narrow.unsubscribe("news"));

        assertThat(done).allSatisfy(reply -> {
            assertThat(reply.status()).as(reply.body()).isIn(200, 204);
            assertThat(audited("narrow", reply.header("x-request-id")).getString("decision"))
                    .isEqualTo("allowed");
        });
    }

    static Stream<Arguments> crossings() {
        return Stream.of(
                Arguments.of("GET", "/mesh/blackboard/open/x", null),
                Arguments.of("PUT", "/mesh/blackboard/open/x", "{}"),
                Arguments.of("DELETE", "/mesh/blackboard/open/x", null),
                Arguments.of("GET", "/mesh/blackboard/", null),
                Arguments.of(
                        "POST", "/mesh/blackboard/claim", "{\"key\":\"open/x\",\"value\":{},\"expected_version\":0}"),
                Arguments.of("POST", "/mesh/blackboard/watch", "{\"pattern\":\"open/*\"}"),
                Arguments.of("POST", "/mesh/publish", "{\"topic\":\"news\"}"),
                Arguments.of("POST", "/mesh/subscribe?topic=news", null),
                Arguments.of("DELETE", "/mesh/subscribe?topic=news", null),
                Arguments.of("POST", "/mesh/message", "{\"to\":\"mute\",\"type\":\"note\",\"payload\":{}}"),
                Arguments.of("POST", "/mesh/register", "{\"capabilities\":[]}"),
                Arguments.of("GET", "/mesh/agents", null),
                Arguments.of("GET", "/mesh/introspect?section=all", null),
                Arguments.of("GET", "/mesh/inbox", null),
                Arguments.of("GET", "/mesh/inbox/stream", null),
                Arguments.of("POST", "/mesh/inbox/ack", "{\"up_to\":0}"),
                Arguments.of("POST", "/mesh/cron", "{\"schedule\":\"every 1h\",\"message\":\"x\"}"),
                Arguments.of("GET", "/mesh/cron", null),
                Arguments.of("PUT", "/mesh/cron/cron_0123456789ab", "{\"message\":\"x\"}"),
                Arguments.of("DELETE", "/mesh/cron/cron_0123456789ab", null));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("crossings")
    void nobody_acts_in_the_name_of_another(String method, String path, @Nullable String body) {
        String query = path + (path.contains("?") ? "&" : "?") + "agent_id=mute";

        Reply byQuery = liar.request(method, query, body);
        assertThat(byQuery.status()).as("by the query: %s", byQuery.body()).isEqualTo(403);
        if (body != null && !method.equals("PUT")) {
            String named = new JsonObject(body).put("agent_id", "mute").encode();
            Reply byBody = liar.request(method, path, named);
            assertThat(byBody.status()).as("by the body: %s", byBody.body()).isEqualTo(403);
        }
    }

    @Test
    void a_claim_to_be_another_is_audited() {
        Reply byBody = liar.request("POST", "/mesh/publish", "{\"topic\":\"news\",\"agent_id\":\"mute\"}");
        assertThat(byBody.status()).isEqualTo(403);
        assertThat(audited("liar", byBody.header("x-request-id")).getString("rule"))
                .isEqualTo("identity");

        assertThat(liar.request("GET", "/mesh/agents?agent_id=mute", null).status())
                .isEqualTo(403);
        try (EventSource events = mesh.events("after=0&agent=liar&action=identity")) {
            JsonObject entry = events.next().item();
            while (!entry.getString("decision").contains("in another agent's name")) {
                entry = events.next().item();
            }
            assertThat(entry.getString("resource")).isEqualTo("agent_id");
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("crossings")
    void without_a_token_that_holds_nobody_crosses(String method, String path, @Nullable String body) {
        for (String token : List.of("ol_" + "A".repeat(43), mesh.operatorToken(), mesh.inboundToken("narrow"))) {
            Reply reply = new AgentClient("nobody", mesh.port(), token).request(method, path, body);
            assertThat(reply.status()).isEqualTo(401);
        }
    }

    @Test
    void what_the_body_says_of_its_sender_is_ignored() {
        JsonObject message = new JsonObject()
                .put("from_agent", "clerk")
                .put("from", "operator")
                .put("to", "mute")
                .put("type", "note")
                .put("payload", new JsonObject());
        assertThat(narrow.post("/mesh/message", message).status()).isEqualTo(200);

        assertThat(mute.items(0)).extracting(item -> item.getString("from")).containsOnly("narrow");
    }

    @Test
    void a_tightened_matrix_holds_at_once_also_for_what_was_subscribed_and_watched_before() throws Exception {
        MeshHome home = MeshHome.withoutUpstream()
                .member("editor", "\"can_publish\": [\"*\"], \"blackboard_write\": [\"*\"]")
                .member("reader", "\"can_subscribe\": [\"*\"], \"blackboard_read\": [\"*\"]");
        try (Mesh other = Mesh.start(home)) {
            AgentClient editor = AgentClient.of(other, "editor");
            AgentClient reader = AgentClient.of(other, "reader");
            reader.subscribe("news");
            reader.watch("*");
            home.permissions("reader", "\"blackboard_read\": [\"open/*\"]").write();
            other.reload();

            assertThat(editor.publish("news", new JsonObject()).json().getInteger("subscribers_notified"))
                    .isZero();
            editor.put("secret/x", new JsonObject());
            editor.put("open/x", new JsonObject());
            assertThat(reader.awaitItems(0, 1))
                    .extracting(item -> item.getJsonObject("payload").getString("key"))
                    .containsExactly("open/x");
            assertThat(reader.get("secret/x").status()).isEqualTo(403);
            assertThat(reader.keys("prefix=")).containsExactly("open/x");
        }
    }
}
