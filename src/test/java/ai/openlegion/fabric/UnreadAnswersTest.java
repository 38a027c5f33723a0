package ai.openlegion.fabric;

import static ai.openlegion.fabric.FabricRig.ALICE;
import static ai.openlegion.fabric.FabricRig.BOB;
import static ai.openlegion.fabric.FabricRig.NOW;
import static ai.openlegion.fabric.FabricRig.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.identity.AgentId;
import ai.openlegion.scenario.Eventually;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnreadAnswersTest {

    private static final String BOARD = "/mesh/blackboard/";

    /// More than a connection's buffers in the kernel take, and two of them more than one agent may leave unread.
    private static final int LARGE_BYTES = 7 << 20;

    private static final Blackboard.Entry SMALL = entry(10);

    @TempDir
    Path folder;

    private FabricRig rig;
    private final List<Socket> sockets = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        rig = rig(600, LARGE_BYTES);
    }

    private void reopen(int slowClientSeconds, int listBytes) throws Exception {
        rig.close();
        rig = rig(slowClientSeconds, listBytes);
    }

    private FabricRig rig(int slowClientSeconds, int listBytes) throws TimeoutException {
        GatewayLimits d = GatewayLimits.DEFAULTS;
        var limits = new GatewayLimits(
                d.bodyBytes(),
                d.headerBytes(),
                d.connections(),
                d.streamsPerConnection(),
                d.idleSeconds(),
                d.headSeconds(),
                d.waitingRequests(),
                d.upstreamConnections(),
                d.eventLoops(),
                d.connectTimeoutSeconds(),
                d.firstTokenTimeoutSeconds(),
                d.readIdleSeconds(),
                slowClientSeconds,
                d.keepAliveSeconds(),
                d.drainSeconds());
        var rig = new FabricRig(folder, RateLimits.DEFAULTS, limits, 1);
        rig.answer(Blackboard.LIST, new Blackboard.Page(List.of(entry(listBytes)), true));
        rig.answer(Blackboard.GET, new Blackboard.Present(SMALL));
        rig.answer(Blackboard.PUT, new Blackboard.Stored(entry(listBytes)));
        return rig;
    }

    private static Blackboard.Entry entry(int bytes) {
        String value = "{\"a\":\"" + "x".repeat(bytes) + "\"}";
        return new Blackboard.Entry("open/a", value, "bob", null, NOW, NOW, 0, 1);
    }

    @AfterEach
    void close() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        rig.close();
    }

    @Test
    void an_agent_that_leaves_much_unread_gets_no_more_of_it_until_it_reads() throws Exception {
        Socket unread = ask(ALICE, "GET", BOARD, "");
        Eventually.until("there is no room", () -> list(ALICE).status() == 503);

        var refused = list(ALICE);
        assertThat(refused.header("retry-after")).isEqualTo("1");
        assertThat(refused.header("link")).isEmpty();
        assertThat(refused.detail()).isEqualTo("Too much of what was answered is still unread");
        assertThat(rig.get(ALICE, BOARD + "open/a").status()).as("small").isEqualTo(200);
        assertThat(rig.send(ALICE, "PUT", BOARD + "open/a", "{}").status())
                .as("done, so it is told")
                .isEqualTo(200);
        assertThat(list(BOB).status()).as("another agent").isEqualTo(200);

        unread.close();
        Eventually.until("there is room again", () -> list(ALICE).status() == 200);
    }

    @Test
    void a_connection_whose_client_reads_nothing_is_closed() throws Exception {
        reopen(1, LARGE_BYTES);
        Socket unread = ask(ALICE, "GET", BOARD, "");
        Eventually.until("there is no room", () -> list(ALICE).status() == 503);
        Eventually.until("there is room again", () -> list(ALICE).status() == 200);

        assertThat(rest(unread)).isLessThan(LARGE_BYTES);
    }

    @Test
    void streams_whose_windows_stay_closed_are_bounded_and_given_up() throws Exception {
        // none of them may be given up before all are asked
        reopen(8, 300_000);
        var options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setHttp2ConnectionWindowSize(64 << 20) // what is closed are the windows of the streams
                .setDefaultPort(rig.port());
        var client = rig.vertx.createHttpClient(options);
        var answered = new AtomicInteger();
        var refused = new AtomicInteger();
        int all = 40;
        for (int i = 0; i < all; i++) {
            var _ = client.request(HttpMethod.GET, BOARD)
                    .compose(request -> request.putHeader("authorization", "Bearer " + token(ALICE))
                            .send())
                    .onSuccess(response -> {
                        response.pause();
                        if (response.statusCode() == 200) {
                            answered.incrementAndGet();
                        } else {
                            refused.incrementAndGet();
                        }
                    });
        }
        Eventually.until("all are answered or refused", () -> answered.get() + refused.get() == all);
        // as many as there is room for
        assertThat(answered.get()).isEqualTo((int) (UnreadAnswers.AGENT_BYTES / 301_300));
        Eventually.until("there is room again", () -> list(ALICE).status() == 200);
    }

    @Test
    void an_agent_that_leaves_far_too_much_unread_loses_the_connection_it_asks_on() throws Exception {
        for (int i = 0; i < 3; i++) {
            var _ = ask(ALICE, "PUT", BOARD + "open/a", "{}");
        }
        Eventually.until("even a small answer has no room", () -> rest(ask(ALICE, "GET", BOARD + "open/a", "")) == 0);
        assertThat(list(BOB).status()).as("another agent").isEqualTo(200);
    }

    /// A request whose answer nobody reads.
    private Socket ask(AgentId agent, String method, String path, String body) {
        try {
            var socket = new Socket();
            sockets.add(socket);
            socket.setReceiveBufferSize(16 * 1024);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), rig.port()));
            socket.setSoTimeout(1_000);
            String head = method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token(agent)
                    + "\r\nContent-Length: " + body.length() + "\r\n\r\n";
            socket.getOutputStream().write((head + body).getBytes(UTF_8));
            return socket;
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    /// How many bytes come until the connection ends; -1 where it does not.
    private static int rest(Socket socket) {
        int count = 0;
        byte[] bytes = new byte[64 * 1024];
        try {
            for (int read = 0; read >= 0; read = socket.getInputStream().read(bytes)) {
                count += read;
            }
        } catch (java.net.SocketTimeoutException open) {
            return -1;
        } catch (IOException reset) {
            return count;
        }
        return count;
    }

    private FabricRig.Reply list(AgentId agent) {
        try {
            return rig.get(agent, BOARD);
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }
}
