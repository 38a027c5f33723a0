package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Connections that are many, silent, slow, wrong or greedy, on real sockets, while an agent works: it never notices.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class HostileConnectionsTest {

    private static final int DRIBBLE_MILLIS = 200;
    private static final int SMALL_BUFFER = 4096;

    private static Siege siege;

    @BeforeAll
    static void start() throws Exception {
        siege = Siege.lay(", idle_seconds: 20, slow_client_seconds: 2");
    }

    @AfterAll
    static void stop() throws Exception {
        siege.close();
    }

    @Test
    void a_thousand_wrong_tokens_a_second_are_refused_and_harm_nobody() throws Exception {
        siege.withstands(() -> {
            int refused = 0;
            long begun = System.nanoTime();
            RawConnection connection = new RawConnection(siege.mesh.port());
            for (int i = 0; i < 3_000; i++) {
                RawConnection.Answer answer = connection
                        .post("/v1/chat/completions", "Authorization: Bearer ol_wrong-" + i + "\r\n", new byte[2])
                        .answer();
                if (answer.status() == 401) {
                    refused++;
                }
                if (answer.status() == 0 || answer.head().contains("connection: close")) {
                    connection.close();
                    connection = new RawConnection(siege.mesh.port());
                }
                pace(begun, i);
            }
            connection.close();
            assertThat(refused).isGreaterThan(2_950);
        });
    }

    private static void pace(long begunNanos, int requests) {
        long due = begunNanos + TimeUnit.MILLISECONDS.toNanos(requests);
        if (due > System.nanoTime()) {
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    @Test
    void ten_thousand_idle_connections_make_way_for_each_other_and_for_everybody() throws Exception {
        siege.withstands(() -> {
            List<SocketChannel> idle = open(10_000);
            try {
                Eventually.until("those that were too many are closed", () -> open(idle) <= Siege.CONNECTIONS / 2);
                Eventually.until("and none stays without a token", () -> open(idle) == 0);
            } finally {
                idle.forEach(HostileConnectionsTest::close);
            }
        });
    }

    @Test
    void five_hundred_heads_that_dribble_without_a_token_end_in_time() throws Exception {
        siege.withstands(() -> {
            List<SocketChannel> loris = open(500);
            loris.forEach(one -> write(one, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"));
            dribble(loris, "X-A: b\r\n");
        });
    }

    @Test
    void heads_that_dribble_on_connections_of_an_agent_end_in_time() throws Exception {
        siege.withstands(() -> {
            List<SocketChannel> loris = open(150);
            loris.forEach(one -> write(one, models("rogue")));
            loris.forEach(HostileConnectionsTest::drain);
            loris.forEach(one -> write(one, "GET /v1/models HTTP/1.1\r\n"));
            dribble(loris, "X-A: b\r\n");
        });
    }

    @Test
    void bodies_that_dribble_keep_nobody_waiting() throws Exception {
        siege.withstands(() -> {
            List<SocketChannel> loris = open(150);
            loris.forEach(one -> write(
                    one,
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                            + siege.mesh.token("barred") + "\r\nContent-Length: 100000\r\n\r\n{"));
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
            Eventually.until("two seconds of dribbling", () -> {
                loris.forEach(one -> write(one, " "));
                return System.nanoTime() > until;
            });
            loris.forEach(HostileConnectionsTest::close);
        });
    }

    @Test
    void an_agent_has_half_of_the_connections_and_is_told_so() throws Exception {
        siege.withstands(() -> {
            List<SocketChannel> greedy = open(Siege.CONNECTIONS / 2);
            greedy.forEach(one -> write(one, models("rogue")));
            greedy.forEach(HostileConnectionsTest::drain);
            try (var oneMore = new RawConnection(siege.mesh.port())) {
                RawConnection.Answer answer = oneMore.send(models("rogue")).answer();
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.head()).containsIgnoringCase("retry-after: 1");
                assertThat(oneMore.closes()).isTrue();
            }
            greedy.forEach(HostileConnectionsTest::close);
        });
    }

    @Test
    void where_agents_have_all_connections_a_newcomer_gets_in_all_the_same() throws Exception {
        siege.withstands(() -> {
            List<SocketChannel> all = owned("rogue", Siege.CONNECTIONS / 2);
            all.forEach(one -> write(one, unfinished("rogue")));
            List<SocketChannel> others = owned("lister", Siege.CONNECTIONS / 2 - 1);
            Eventually.until("one that rests makes way", () -> getsIn("barred"));
            Eventually.until("it was one of those at rest", () -> open(others) < others.size());
            assertThat(open(all)).as("of the busy ones").isEqualTo(all.size());

            others.forEach(one -> write(one, unfinished("lister")));
            Eventually.until("one that waits for a body makes way", () -> getsIn("barred"));
            all.forEach(HostileConnectionsTest::close);
            others.forEach(HostileConnectionsTest::close);
        });
    }

    private static List<SocketChannel> owned(String agent, int count) throws IOException {
        List<SocketChannel> all = open(count);
        all.forEach(one -> write(one, models(agent)));
        all.forEach(HostileConnectionsTest::drain);
        return all;
    }

    private static String unfinished(String agent) {
        return models(agent)
                .replace("GET /v1/models", "POST /v1/chat/completions")
                .replace("\r\n\r\n", "\r\nContent-Length: 100000\r\n\r\n{");
    }

    private static boolean getsIn(String agent) {
        try (var newcomer = new RawConnection(siege.mesh.port())) {
            return newcomer.send(models(agent)).answer().status() == 200;
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    @Test
    void the_eighth_request_without_a_token_is_the_last() throws Exception {
        for (int port : new int[] {siege.mesh.port(), siege.mesh.controlPort()}) {
            try (var connection = new RawConnection(port)) {
                for (int i = 1; i <= 8; i++) {
                    RawConnection.Answer answer = connection
                            .send("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .answer();
                    assertThat(answer.status()).isEqualTo(401);
                    assertThat(answer.head().contains("connection: close"))
                            .as("%d", i)
                            .isEqualTo(i == 8);
                }
                assertThat(connection.closes()).isTrue();
            }
        }
    }

    @Test
    void a_connection_without_a_request_ends_whatever_comes_on_it() throws Exception {
        try (var connection = new RawConnection(siege.mesh.port())) {
            assertThat(connection.send("\r\n").closes()).isTrue();
        }
        try (var connection = new RawConnection(siege.mesh.controlPort())) {
            assertThat(connection.send("GET /control/status HTTP/1.1\r\n").closes())
                    .isTrue();
        }
    }

    @Test
    void twenty_thousand_requests_in_a_row_are_refused_or_answered_in_turn() throws Exception {
        siege.withstands(() -> {
            try (var anonymous = new RawConnection(siege.mesh.port())) {
                anonymous.send("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(20_000));
                assertThat(anonymous.answer().status()).isEqualTo(401);
                byte[] rest = new byte[64 * 1024];
                int read = 0;
                for (int more = 0; more >= 0; more = readOrEnd(anonymous, rest)) {
                    read += more;
                }
                assertThat(read).as("bytes of answers").isLessThan(100_000);
            }
            try (var agent = new RawConnection(siege.mesh.port())) {
                Thread sender = Thread.startVirtualThread(
                        () -> sendAll(agent, probe("rogue").repeat(20_000)));
                for (int i = 0; i < 20_000; i++) {
                    assertThat(agent.answer().status()).isEqualTo(200);
                }
                sender.join();
            }
        });
    }

    @Test
    void clients_that_never_read_cost_no_memory_and_are_dropped() throws Exception {
        siege.withstands(() -> {
            List<SocketChannel> deaf = open(50, SMALL_BUFFER);
            byte[] requests = models("rogue").repeat(4_000).getBytes(StandardCharsets.US_ASCII);
            deaf.forEach(one -> write(one, requests));
            Eventually.until("they are served", () -> established() >= deaf.size());
            // a client that lets its window close does not hear that the other side is gone
            Eventually.until("the mesh gives them up", () -> established() < deaf.size() / 2);
            deaf.forEach(HostileConnectionsTest::close);
        });
    }

    @Test
    void an_upgrade_that_leads_nowhere_leaves_no_memory_behind() throws Exception {
        String upgrade = "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
        // the second begins like HTTP/2; the third is one that was followed by nobody who skips spaces only
        List<String> heads = List.of(
                "POST /v1/models HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n",
                "PRIV /v1/models HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n",
                "POST /v1/models HTTP/1.1\r\nConnection: Upgrade,\tHTTP2-Settings\r\n" + upgrade,
                "POST /v1/models HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nBad Name: x\r\n" + upgrade,
                "POST /v1/models HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n" + upgrade);
        List<Integer> statuses = List.of(401, 401, 101, 400, 101);
        byte[] body = new byte[1024 * 1024];
        siege.withstands(() -> {
            for (int i = 0; i < 600; i++) {
                int form = i % heads.size();
                int port = i % 2 == 0 ? siege.mesh.port() : siege.mesh.controlPort();
                try (var connection = new RawConnection(port)) {
                    RawConnection.Answer answer = connection
                            .send(heads.get(form) + "Host: localhost\r\nContent-Length: " + body.length + "\r\n\r\n")
                            .send(body)
                            .answer();
                    assertThat(answer.status()).as(heads.get(form)).isIn(statuses.get(form), 0);
                }
            }
        });
    }

    /// Sends a piece to each of them again and again until the mesh has closed them all.
    private static void dribble(List<SocketChannel> loris, String piece) {
        long[] due = {System.nanoTime()};
        Eventually.until("the mesh closes them", () -> {
            if (System.nanoTime() > due[0]) {
                due[0] = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRIBBLE_MILLIS);
                loris.forEach(one -> write(one, piece));
            }
            return open(loris) == 0;
        });
    }

    /// How many connections the mesh has open to its agents' listener, as the kernel sees it.
    private static long established() {
        String port = String.format(":%04X", siege.mesh.port());
        return Stream.of("tcp", "tcp6")
                .flatMap(table -> lines(Path.of("/proc/net/" + table)))
                .map(line -> line.strip().split("\\s+"))
                .filter(fields -> fields[1].endsWith(port) && fields[3].equals("01"))
                .count();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException noSuchTable) {
            return Stream.empty();
        }
    }

    private static String models(String agent) {
        return "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + siege.mesh.token(agent)
                + "\r\n\r\n";
    }

    private static String probe(String agent) {
        return models(agent).replace("GET /v1/models", "HEAD /api/hello");
    }

    private static List<SocketChannel> open(int count) throws IOException {
        return open(count, 0);
    }

    /// @param receiveBuffer in bytes; 0 = the system's
    private static List<SocketChannel> open(int count, int receiveBuffer) throws IOException {
        List<SocketChannel> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open();
            if (receiveBuffer > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
            }
            boolean _ = channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), siege.mesh.port()));
            channel.configureBlocking(false);
            all.add(channel);
        }
        return all;
    }

    /// How many of them the mesh has not closed; those it has are closed here too.
    private static long open(List<SocketChannel> channels) {
        ByteBuffer sink = ByteBuffer.allocate(4096);
        for (SocketChannel channel : channels) {
            try {
                if (!channel.isOpen() || channel.read(sink.clear()) < 0) {
                    close(channel);
                }
            } catch (IOException reset) {
                close(channel);
            }
        }
        return channels.stream().filter(SocketChannel::isOpen).count();
    }

    /// Reads until something has come.
    private static void drain(SocketChannel channel) {
        ByteBuffer sink = ByteBuffer.allocate(64 * 1024);
        Eventually.until("an answer", () -> {
            try {
                return channel.read(sink.clear()) != 0;
            } catch (IOException reset) {
                return true;
            }
        });
    }

    private static void write(SocketChannel channel, String text) {
        write(channel, text.getBytes(StandardCharsets.US_ASCII));
    }

    /// Writes as much as fits; closes it where the other side has.
    private static void write(SocketChannel channel, byte[] bytes) {
        try {
            if (channel.isOpen()) {
                int _ = channel.write(ByteBuffer.wrap(bytes));
            }
        } catch (IOException closed) {
            close(channel);
        }
    }

    private static int readOrEnd(RawConnection connection, byte[] into) {
        try {
            return connection.read(into);
        } catch (IOException reset) {
            return -1;
        }
    }

    private static void sendAll(RawConnection connection, String text) {
        try {
            connection.send(text);
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    private static void close(AutoCloseable connection) {
        try {
            connection.close();
        } catch (Exception alreadyGone) {
            // that is all that was wanted
        }
    }
}
