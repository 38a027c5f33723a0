package ai.openlegion.control;

import static ai.openlegion.control.ControlRig.OPERATOR_TOKEN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.budget.Limits;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Overlay;
import ai.openlegion.fleet.Presence;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.vault.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Chats over real sockets, with agents that do what agents should not.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AgentChatTest {

    private static final AgentId WORKER = new AgentId("worker");
    private static final String CHAT = "/control/agents/worker/chat";
    private static final String MINTED = "oli_minted-for-one-start-of-the-worker-0001";
    private static final String HELLO = "{\"message\":\"hello\"}";

    @TempDir
    Path folder;

    private ControlRig rig;
    private AgentDouble agent;

    @BeforeEach
    void starts() throws Exception {
        rig = new ControlRig(folder);
        agent = new AgentDouble();
        runs(agent.address());
    }

    @AfterEach
    void stops() throws Exception {
        agent.close();
        rig.close();
    }

    /// Nothing of the control listener's is over before the test is.
    private void patient(int chatBytes) throws Exception {
        rig.close();
        rig = new ControlRig(folder.resolve("patient"), ControlRig.patient(chatBytes));
        runs(agent.address());
    }

    /// The worker is a container of ours, with this address once it is known.
    private void runs(@Nullable URI address) {
        fleet(RuntimeKind.DOCKER, null);
        rig.fleet.overlay(new Overlay(
                Map.of(WORKER, new Presence(TokenDigest.of("ol_of-the-worker"), address, Secret.of(MINTED))),
                Map.of()));
    }

    private void fleet(RuntimeKind kind, @Nullable URI push) {
        Fleet now = rig.fleet.current();
        Map<AgentId, Agent> agents = new LinkedHashMap<>(now.agents());
        agents.put(
                WORKER,
                new Agent(
                        WORKER,
                        "work",
                        "openai/gpt-4o",
                        List.of(),
                        kind,
                        Agent.Program.OWN,
                        Limits.NONE,
                        push,
                        "",
                        null));
        rig.fleet.overlay(Overlay.NONE);
        rig.fleet.swap(new Fleet(
                now.revision(),
                agents,
                now.policy(),
                now.catalogue(),
                now.vault(),
                now.tokens(),
                now.hooks(),
                now.fleetLimits(),
                Map.of()));
    }

    @Test
    void the_agents_own_answer_comes_back_and_only_the_mesh_token_went_there() throws Exception {
        agent.json(200, "{\"response\":\"hi\",\"tool_outputs\":[],\"tokens_used\":12}");

        RawHttp.Response response = rig.ask("POST", CHAT, "{\"message\":\"say \\\"hi\\\"\"}");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"response\":\"hi\",\"tool_outputs\":[],\"tokens_used\":12}");
        assertThat(agent.requests)
                .singleElement()
                .satisfies(request -> assertThat(request)
                        .startsWith("POST /chat HTTP/1.1")
                        .containsIgnoringCase("authorization: Bearer " + MINTED)
                        .endsWith("{\"message\":\"say \\\"hi\\\"\"}")
                        .doesNotContain(OPERATOR_TOKEN));
    }

    @Test
    void a_stream_is_written_anew_wherever_it_is_split_and_what_is_no_event_of_a_chat_is_dropped() throws Exception {
        String events = ": hello\r\nretry: 1\nid: 7\n\nevent: tool_start\r\ndata: {\"type\":\"tool_start\",\r\n"
                + "data: \"name\":\"run_command\",\"input\":{}}\r\n\r\n"
                + "event: evil\ndata: {\"x\":1}\n\n"
                + "data: {\"type\":\"text_delta\",\"content\":\"\\u001b[31mgrün\"}\n\n"
                + "event: text_delta\rdata: {\"content\":\"ü\"}\r\r"
                + "event: done\ndata: {\"response\":\"grünü\"}\n\nevent: text_delta\ndata: {\"content\":\"more\"}\n\n";
        byte[] bytes = events.getBytes(UTF_8);
        String expected = """
                event: tool_start
                data: {"type":"tool_start", "name":"run_command","input":{}}

                event: text_delta
                data: {"type":"text_delta","content":"\\u001b[31mgrün"}

                event: text_delta
                data: {"content":"ü"}

                event: done
                data: {"response":"grünü"}

                """;
        for (int piece : new int[] {1, 2, 3, 7, 64, bytes.length}) {
            agent.does((out, in) -> {
                out.write(AgentDouble.streamHead());
                for (int from = 0; from < bytes.length; from += piece) {
                    out.write(bytes, from, Math.min(piece, bytes.length - from));
                }
                agent.waitForTheEnd(in);
            });
            assertThat(stream(HELLO)).as("in pieces of %d", piece).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
                "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"response\":",
                "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                ""
            })
    void garbage_is_502_with_a_reason(String bytes) throws Exception {
        agent.says(bytes);

        RawHttp.Response response = rig.ask("POST", CHAT, HELLO);

        assertThat(response.status()).isEqualTo(502);
        assertThat(response.detail()).startsWith("worker ");
    }

    @Test
    void an_endless_answer_is_cut_off_and_refused() throws Exception {
        agent.does((out, in) -> {
            out.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"response\":\"".getBytes(UTF_8));
            while (true) {
                out.write(new byte[8192]);
            }
        });

        RawHttp.Response response = rig.ask("POST", CHAT, HELLO);

        assertThat(response.status()).isEqualTo(502);
        assertThat(response.detail()).isEqualTo("worker answered with more than 262144 bytes");
        assertThat(agent.left.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_silent_agent_is_504_and_its_request_is_reset() throws Exception {
        agent.does((out, in) -> agent.waitForTheEnd(in));

        RawHttp.Response response = rig.ask("POST", CHAT, HELLO);

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.detail()).startsWith("worker has said nothing for");
        assertThat(agent.left.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_stream_that_breaks_off_or_turns_to_garbage_ends_with_an_error_event() throws Exception {
        String delta = "event: text_delta\ndata: {\"content\":\"a\"}\n\n";
        agent.does((out, in) -> {
            out.write(AgentDouble.streamHead());
            out.write(delta.getBytes(UTF_8));
        });
        assertThat(stream(HELLO))
                .isEqualTo(
                        delta + "event: error\ndata: {\"detail\":\"worker ended its answer before it was done\"}\n\n");

        agent.does((out, in) -> {
            out.write(AgentDouble.streamHead());
            out.write((delta + "data: <html>\n\n").getBytes(UTF_8));
            agent.waitForTheEnd(in);
        });
        assertThat(stream(HELLO))
                .isEqualTo(
                        delta + "event: error\ndata: {\"detail\":\"worker sent an event that is no JSON object\"}\n\n");
    }

    @Test
    void an_operator_who_leaves_ends_the_agents_work() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        agent.does((out, in) -> {
            out.write(AgentDouble.streamHead());
            begun.countDown();
            while (true) {
                // more slowly than it could, so that only the reset ends it
                out.write("event: text_delta\ndata: {\"content\":\"a\"}\n\n".getBytes(UTF_8));
                if (agent.left.await(20, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        });
        try (Socket operator = open(HELLO)) {
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(operator.getInputStream().read()).isEqualTo('H');
        }
        assertThat(agent.left.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_slow_operator_makes_the_agent_wait_and_loses_nothing() throws Exception {
        patient(64 << 20);
        byte[] event = ("event: text_delta\ndata: {\"content\":\"" + "x".repeat(10_000) + "\"}\n\n").getBytes(UTF_8);
        int events = 4_000;
        agent.does((out, in) -> {
            out.write(AgentDouble.streamHead());
            for (int sent = 0; sent < events; sent++) {
                out.write(event);
            }
            out.write("event: done\ndata: {}\n\n".getBytes(UTF_8));
            agent.waitForTheEnd(in);
        });
        try (Socket operator = open(HELLO)) {
            long stood = Eventually.settled("what the agent could write", agent.written::get);
            assertThat(stood).isBetween(1L, events * (long) event.length / 2);
            assertThat(unchunked(operator.getInputStream()))
                    .hasSize(events * event.length + "event: done\ndata: {}\n\n".length());
        }
    }

    @Test
    void who_has_no_address_is_409_and_says_why() throws Exception {
        runs(null);
        assertThat(rig.ask("POST", CHAT, HELLO).detail()).contains("has no address");
        fleet(RuntimeKind.DOCKER, null);
        assertThat(rig.ask("POST", CHAT, HELLO).detail()).contains("does not run");
        fleet(RuntimeKind.EXTERNAL, null);
        RawHttp.Response external = rig.ask("POST", CHAT, HELLO);
        assertThat(external.status()).isEqualTo(409);
        assertThat(external.detail()).contains("push:");
        assertThat(rig.ask("POST", "/control/agents/nobody/chat", HELLO).status())
                .isEqualTo(404);
        assertThat(rig.ask("POST", CHAT, "{\"message\":\" \"}").status()).isEqualTo(422);
        assertThat(rig.ask("POST", CHAT, "{\"message\":\"" + "x".repeat(5_000) + "\"}")
                        .status())
                .isEqualTo(413);
        assertThat(agent.requests).isEmpty();
    }

    @Test
    void an_external_agent_is_asked_where_its_entry_says_with_its_own_inbound_token() throws Exception {
        fleet(RuntimeKind.EXTERNAL, URI.create(agent.address() + "/base/"));
        agent.json(200, "{\"response\":\"hi\"}");

        assertThat(rig.ask("POST", CHAT, HELLO).status()).isEqualTo(200);
        assertThat(agent.requests.poll())
                .startsWith("POST /base/chat ")
                .containsIgnoringCase("Bearer " + ControlRig.INBOUND_TOKEN);

        agent.json(200, "{\"status\":\"ok\"}");
        assertThat(rig.ask("POST", CHAT + "/reset", "").status()).isEqualTo(200);
        assertThat(agent.requests.poll()).startsWith("POST /base/chat/reset ");
    }

    @Test
    void what_an_agent_says_no_with_is_told() throws Exception {
        agent.json(402, "{\"detail\":\"the budget is spent\"}");

        RawHttp.Response response = rig.ask("POST", CHAT, HELLO);

        assertThat(response.status()).isEqualTo(402);
        assertThat(response.detail()).isEqualTo("worker answered 402: the budget is spent");
    }

    @Test
    void chats_beyond_the_most_are_refused_and_make_room_again() throws Exception {
        patient(256 * 1024);
        agent.does((out, in) -> agent.waitForTheEnd(in));
        var open = new ArrayList<Socket>();
        for (int chats = 0; chats < 8; chats++) {
            open.add(open(HELLO));
        }
        Eventually.until("eight chats are open", () -> agent.requests.size() == 8);
        assertThat(rig.ask("POST", CHAT, HELLO).status()).isEqualTo(503);
        for (Socket each : open) {
            each.close();
        }
        agent.json(200, "{}");
        Eventually.until("there is room again", () -> status(HELLO) == 200);
    }

    private Socket open(String body) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.port());
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write(("POST " + CHAT + " HTTP/1.1\r\nHost: localhost:" + rig.port() + "\r\nAuthorization: Bearer "
                                + OPERATOR_TOKEN
                                + "\r\nAccept: text/event-stream\r\nConnection: close\r\nContent-Length: "
                                + body.length() + "\r\n\r\n" + body)
                        .getBytes(UTF_8));
        return socket;
    }

    private int status(String body) {
        try {
            return rig.ask("POST", CHAT, body).status();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /// The whole event stream that a message gets.
    private String stream(String body) throws IOException {
        try (Socket socket = open(body)) {
            return unchunked(socket.getInputStream());
        }
    }

    private static String unchunked(InputStream in) throws IOException {
        byte[] whole = in.readAllBytes();
        String text = new String(whole, ISO_8859_1);
        assertThat(text).startsWith("HTTP/1.1 200");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int size;
        for (int place = text.indexOf("\r\n\r\n") + 4; place < whole.length; place += size + 2) {
            int end = text.indexOf("\r\n", place);
            size = Integer.parseInt(text.substring(place, end), 16);
            place = end + 2;
            body.write(whole, place, size);
        }
        return body.toString(UTF_8);
    }
}
