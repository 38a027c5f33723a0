package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// An agent of the Python predecessor: the requests that its unmodified process was seen to send, byte for byte, and a
/// listener as choosy as its own.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class PredecessorAgentTest {

    private static final Set<String> TYPES_IT_KNOWS = Set.of("task_request", "task_result", "event", "query", "cancel");

    private static Upstream upstream;
    private static PushTarget listener;
    private static Mesh mesh;
    private static AgentClient peer;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        listener = PushTarget.answering(0, push -> understands(push.body()) ? 200 : 422);
        mesh = Mesh.start(
                MeshHome.in(upstream).pushed("pred", listener.url(), """
                        "can_message": ["peer"], "can_publish": ["projects/demo/new_lead"],
                        "can_subscribe": ["projects/demo/new_lead"], "allowed_apis": ["llm"], "can_manage_cron": true,
                        "blackboard_read": ["projects/demo/*"], "blackboard_write": ["projects/demo/context/*"]""").member("peer", """
                        "can_message": ["pred"], "can_publish": ["*"], "blackboard_write": ["*"]"""));
        peer = AgentClient.of(mesh, "peer");
        assertThat(sent(
                                "POST",
                                "/mesh/register",
                                "{\"agent_id\":\"pred\",\"capabilities\":[\"memory_search\",\"run_command\"],\"port\":8400}")
                        .body())
                .isEqualTo("{\"registered\":true}");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        listener.close();
        upstream.close();
    }

    @Test
    void its_tools_for_shared_state_read_write_list_and_claim() throws Exception {
        String key = "/mesh/blackboard/projects/demo/context/acme?agent_id=pred";
        assertThat(sent("GET", key, "").status()).isEqualTo(404);
        JsonObject written =
                sent("PUT", key, "{\"company\":\"Acme\",\"employees\":500}").json();
        assertThat(written.fieldNames())
                .containsExactlyInAnyOrder(
                        "key", "value", "written_by", "workflow_id", "created_at", "updated_at", "ttl", "version");
        assertThat(sent("GET", key, "").json()).isEqualTo(written);
        JsonArray listed =
                new JsonArray(sent("GET", "/mesh/blackboard/?agent_id=pred&prefix=projects%2Fdemo%2Fcontext%2Fac", "")
                        .body());
        assertThat(listed.getJsonObject(0)).isEqualTo(written);

        String claim = "{\"agent_id\":\"pred\",\"key\":\"projects/demo/context/acme\",\"value\":{\"by\":\"pred\"},"
                + "\"expected_version\":1}";
        assertThat(sent("POST", "/mesh/blackboard/claim", claim).json().getInteger("version"))
                .isEqualTo(2);
        assertThat(sent("POST", "/mesh/blackboard/claim", claim).status()).isEqualTo(409);
        assertThat(sent("PUT", "/mesh/blackboard/projects/demo/other?agent_id=pred", "{}")
                        .json())
                .isEqualTo(new JsonObject().put("detail", "Agent pred cannot write projects/demo/other"));
    }

    @Test
    void its_call_of_a_model_is_answered_with_the_members_that_it_reads() throws Exception {
        JsonObject answer = sent("POST", "/mesh/api?agent_id=pred", """
                        {"service":"llm","action":"chat","params":{"model":"sim/small","messages":[{"role":"system",\
                        "content":"You are an agent."},{"role":"user","content":"hi"}],"max_tokens":4096,\
                        "temperature":0.7,"tools":[{"type":"function","function":{"name":"list_agents",\
                        "description":"Who is there.","parameters":{"type":"object","properties":{},"required":[]}}}]},\
                        "timeout":120}""").json();

        assertThat(answer.getBoolean("success")).isTrue();
        assertThat(answer.getJsonObject("data").getString("content")).isNotEmpty();
        assertThat(answer.getJsonObject("data").getInteger("tokens_used")).isPositive();
        assertThat(answer.getJsonObject("data").getJsonArray("tool_calls")).isEmpty();
    }

    @Test
    void its_events_and_watches_reach_its_listener_in_a_form_that_it_knows() throws Exception {
        assertThat(sent("POST", "/mesh/subscribe?topic=projects%2Fdemo%2Fnew_lead&agent_id=pred", "")
                        .body())
                .isEqualTo("{\"subscribed\":true}");
        assertThat(sent(
                                "POST",
                                "/mesh/blackboard/watch",
                                "{\"agent_id\":\"pred\",\"pattern\":\"projects/demo/watched/*\"}")
                        .json())
                .isEqualTo(new JsonObject().put("watching", true).put("pattern", "projects/demo/watched/*"));
        assertThat(sent("POST", "/mesh/publish", """
                        {"id":"evt_e15546e852ba","topic":"projects/demo/new_lead","source":"pred",\
                        "payload":{"lead":"acme"},"timestamp":"2026-11-22T05:35:33.499944Z"}""").body()).isEqualTo("{\"subscribers_notified\":1}");
        assertThat(peer.put("projects/demo/watched/a", new JsonObject().put("a", 1))
                        .status())
                .isEqualTo(200);
        assertThat(peer.message("pred", new JsonObject().put("text", "hello")).status())
                .isEqualTo(200);

        Eventually.until("all three are taken", () -> taken().size() == 3);
        assertThat(taken()).allSatisfy(body -> {
            assertThat(body.getString("type")).isEqualTo("event");
            assertThat(body.getString("to")).isEqualTo("pred");
            assertThat(body.getString("timestamp")).isNotEmpty();
        });
        assertThat(taken().getFirst().getString("from_agent")).isEqualTo("mesh");
        assertThat(taken().getFirst().getJsonObject("payload").getJsonObject("payload"))
                .isEqualTo(new JsonObject().put("lead", "acme"));
        assertThat(taken().get(1).getJsonObject("payload").getString("type")).isEqualTo("watch");
        assertThat(taken().get(2).getJsonObject("payload").getString("type")).isEqualTo("note");
    }

    @Test
    void what_it_prints_of_itself_is_there_before_each_task() throws Exception {
        JsonObject all = sent("GET", "/mesh/introspect?section=all", "").json();

        assertThat(all.getJsonArray("fleet").getJsonObject(0).getString("id")).isEqualTo("peer");
        assertThat(all.getJsonObject("permissions").getJsonArray("can_message")).containsExactly("peer");
        assertThat(all.getJsonObject("budget").getBoolean("allowed")).isTrue();
        for (String figure : List.of("daily_used", "daily_limit", "monthly_used", "monthly_limit")) {
            assertThat(all.getJsonObject("budget").getDouble(figure)).as(figure).isNotNull();
        }
        assertThat(sent("GET", "/mesh/agents?project=demo", "").json().getJsonObject("peer"))
                .isEqualTo(new JsonObject().put("role", "test").put("state", "absent"));
    }

    @Test
    void its_report_of_a_task_that_nobody_runs_is_answered_and_not_delivered() throws Exception {
        JsonObject answer = sent("POST", "/mesh/message", """
                        {"id":"msg_cf3c3092f7a8","from_agent":"pred","to":"orchestrator","type":"task_result",\
                        "payload":{"task_id":"task_0123456789ab","status":"complete","result":{"score":0.8},\
                        "error":null,"promote_to_blackboard":{},"tokens_used":300,"duration_ms":5700},\
                        "workflow_id":null,"reply_to":null,"timestamp":"2026-11-22T05:35:35.534927Z","ttl":300,\
                        "priority":"normal"}""").json();

        assertThat(answer).isEqualTo(new JsonObject().put("delivered", false).put("target", "orchestrator"));
    }

    private static List<JsonObject> taken() {
        return listener.pushes().stream()
                .map(PushTarget.Push::body)
                .filter(PredecessorAgentTest::understands)
                .toList();
    }

    private static boolean understands(JsonObject message) {
        return TYPES_IT_KNOWS.contains(message.getString("type"))
                && message.getValue("payload") instanceof JsonObject
                && message.containsKey("from_agent")
                && message.containsKey("to");
    }

    /// Head and body apart, as its client sends them.
    private static Answered sent(String method, String path, String body) throws IOException {
        String entity = method.equals("GET")
                ? ""
                : "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n"
                        + (body.isEmpty() ? "" : "Content-Type: application/json\r\n");
        try (RawConnection connection = new RawConnection(mesh.port())) {
            RawConnection.Answer answer = connection
                    .send(method + ' ' + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + mesh.port()
                            + "\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
                            + "User-Agent: python-httpx/0.28.1\r\nAuthorization: Bearer " + mesh.token("pred")
                            + "\r\nX-Agent-ID: pred\r\n" + entity + "\r\n")
                    .send(body)
                    .answer();
            return new Answered(answer.status(), answer.body());
        }
    }

    private record Answered(int status, String body) {
        JsonObject json() {
            return new JsonObject(body);
        }
    }
}
