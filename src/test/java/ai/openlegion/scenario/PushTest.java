package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Agents that are pushed to: one lane an agent, in order, again after a failure, and none in the way of another.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class PushTest {

    private static final String RECEIVES = """
            "can_subscribe": ["*"], "blackboard_read": ["pushed/*"]""";

    private static Mesh mesh;
    private static AgentClient sender;
    private static PushTarget taking;
    private static PushTarget hanging;
    private static PushTarget moody;
    private static PushTarget poisoned;
    private static PushTarget elsewhere;
    private static PushTarget redirecting;
    private static int latePort;

    @BeforeAll
    static void start() throws Exception {
        taking = PushTarget.taking();
        hanging = PushTarget.hanging();
        moody = PushTarget.answering(0, push -> moody.pushes().size() == 1 ? 503 : 200);
        poisoned = PushTarget.answering(0, push -> n(push) == 1 ? 500 : 200);
        elsewhere = PushTarget.taking();
        redirecting = PushTarget.answering(0, push -> 307);
        latePort = FreePort.find();
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .member("sender", """
                        "can_message": ["*"], "can_publish": ["*"], "blackboard_write": ["*"]""")
                .pushed("taking", taking.url(), RECEIVES)
                .pushed("hanging", hanging.url(), RECEIVES)
                .pushed("moody", moody.url(), RECEIVES)
                .pushed("poisoned", poisoned.url(), RECEIVES)
                .pushed("late", "http://127.0.0.1:" + latePort, RECEIVES)
                .pushed("redirecting", redirecting.url(), RECEIVES)
                .member("pulling", RECEIVES));
        sender = AgentClient.of(mesh, "sender");
        send("poisoned", 3);
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        for (PushTarget target : List.of(taking, hanging, moody, poisoned, elsewhere, redirecting)) {
            target.close();
        }
    }

    private static int n(PushTarget.Push push) {
        return push.body().getJsonObject("payload", new JsonObject()).getInteger("n", -1);
    }

    private static void send(String to, int count) {
        for (int n = 0; n < count; n++) {
            assertThat(sender.message(to, new JsonObject().put("n", n)).status())
                    .isEqualTo(200);
        }
    }

    private static List<Integer> range(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    void a_message_is_pushed_with_the_token_by_which_the_agent_knows_the_mesh() {
        AgentClient receiver = AgentClient.of(mesh, "taking");
        assertThat(receiver.subscribe("pushed").status()).isEqualTo(200);
        assertThat(receiver.watch("pushed/*").status()).isEqualTo(200);
        sender.message("taking", new JsonObject().put("n", 0));
        sender.publish("pushed", new JsonObject().put("n", 1));
        sender.put("pushed/key", new JsonObject().put("n", 2));
        Reply steered = mesh.control(
                "POST",
                "/control/agents/taking/message",
                new JsonObject().put("message", "mind the gap").put("kind", "steer"));

        assertThat(steered.status()).as(steered.body()).isEqualTo(200);
        List<PushTarget.Push> pushes = taking.await(4);
        assertThat(pushes)
                .extracting(PushTarget.Push::path)
                .containsExactly("/message", "/message", "/message", "/chat/steer");
        assertThat(pushes).extracting(PushTarget.Push::method).containsOnly("POST");
        assertThat(pushes)
                .extracting(PushTarget.Push::authorization)
                .containsOnly("Bearer " + mesh.inboundToken("taking"));
        JsonObject message = pushes.getFirst().body();
        assertThat(message.getString("from_agent")).isEqualTo("sender");
        assertThat(message.getString("to")).isEqualTo("taking");
        assertThat(message.getString("type")).isEqualTo("note");
        assertThat(message.getJsonObject("payload")).isEqualTo(new JsonObject().put("n", 0));
        assertThat(pushes.get(1).body().encode()).contains("pushed").contains("sender");
        assertThat(pushes.get(2).body().encode()).contains("pushed/key");
        assertThat(pushes.getLast().body().getString("message")).isEqualTo("mind the gap");
        assertThat(receiver.items(0)).as("still there to be read").hasSize(4);
    }

    @Test
    void an_endpoint_that_hangs_delays_no_other() {
        send("hanging", 20);
        hanging.await(1);
        AgentClient pulling = AgentClient.of(mesh, "pulling");
        try (EventSource stream = pulling.stream(null);
                PushTarget quick = quick()) {
            send("pulling", 50);
            assertThat(stream.next(50)).hasSize(50);
            send("quick", 50);
            assertThat(quick.await(50)).extracting(PushTest::n).isEqualTo(range(50));
        } catch (IOException noPort) {
            throw new AssertionError(noPort);
        }
        assertThat(hanging.pushes()).as("one in flight").hasSize(1);
        assertThat(AgentClient.of(mesh, "hanging").items(0)).hasSize(20);
    }

    /// A new agent by reload, whose lane begins while another's hangs.
    private static PushTarget quick() throws IOException {
        PushTarget quick = PushTarget.taking();
        mesh.home().pushed("quick", quick.url(), RECEIVES).write();
        mesh.reload();
        return quick;
    }

    @Test
    void a_refused_push_is_tried_again_and_nothing_overtakes_it() {
        send("moody", 10);

        List<PushTarget.Push> pushes = moody.await(11);
        assertThat(pushes.subList(1, 11)).extracting(PushTest::n).isEqualTo(range(10));
        assertThat(n(pushes.getFirst())).isZero();
    }

    @Test
    void an_item_that_is_refused_for_good_does_not_stop_those_behind_it() {
        Eventually.until(
                "the item behind comes", () -> poisoned.pushes().stream().anyMatch(push -> n(push) == 2));

        assertThat(poisoned.pushes().stream().filter(push -> n(push) == 1).count())
                .as("tries")
                .isBetween(2L, 10L);
        assertThat(AgentClient.of(mesh, "poisoned").items(0))
                .as("what could not be pushed can be pulled")
                .extracting(item -> item.getJsonObject("payload").getInteger("n"))
                .contains(1);
    }

    @Test
    void what_came_before_the_endpoint_was_there_is_pushed_once_it_is() throws Exception {
        send("late", 5);
        try (PushTarget late = PushTarget.answering(latePort, push -> 200)) {
            assertThat(late.await(5)).extracting(PushTest::n).isEqualTo(range(5));
        }
    }

    @Test
    void a_port_in_a_registration_is_recorded_and_never_called() {
        AgentClient pulling = AgentClient.of(mesh, "pulling");
        assertThat(pulling.post(
                                "/mesh/register",
                                new JsonObject("{\"capabilities\":[],\"port\":" + elsewhere.port() + "}"))
                        .status())
                .isEqualTo(200);
        send("pulling", 3);
        send("redirecting", 1);
        redirecting.await(2);

        assertThat(elsewhere.pushes()).isEmpty();
    }
}
