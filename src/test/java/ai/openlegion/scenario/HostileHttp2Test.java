package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Frames that no client would send, on real sockets, while an agent works: it never notices.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class HostileHttp2Test {

    private static final byte[] NOTHING = {};
    private static final byte[] EIGHT = new byte[8];

    private static Siege siege;

    @BeforeAll
    static void start() throws Exception {
        siege = Siege.lay(", idle_seconds: 20, slow_client_seconds: 2");
    }

    @AfterAll
    static void stop() throws Exception {
        siege.close();
    }

    /// Adds frames to a connection.
    private interface Frames {
        void add(RawHttp2 connection, int round);
    }

    /// Sends frames, a hundred at a time, on connection after connection; each must be closed long before its last.
    private static void flood(Map<String, String> headers, int connections, Frames frames) throws IOException {
        for (int i = 0; i < connections; i++) {
            try (var connection = new RawHttp2(siege.mesh.port())) {
                int _ = connection.request("GET", "/v1/models", headers, true);
                int round = 0;
                boolean takes = true;
                while (takes && round < 400) {
                    for (int j = 0; j < 100; j++) {
                        frames.add(connection, round * 100 + j);
                    }
                    takes = connection.flush();
                    round++;
                }
                assertThat(connection.closes()).as("the flood is ended").isTrue();
            }
        }
    }

    private static Map<String, String> as(String agent) {
        return Map.of("authorization", "Bearer " + siege.mesh.token(agent));
    }

    @Test
    void rapid_resets_end_their_connection_with_and_without_a_token() throws Exception {
        siege.withstands(() -> {
            for (Map<String, String> headers : List.of(Map.<String, String>of(), as("barred"))) {
                for (boolean withBody : new boolean[] {false, true}) {
                    flood(headers, 5, (connection, _) -> {
                        int stream = connection.request("POST", "/v1/chat/completions", headers, false);
                        if (withBody) {
                            connection.frame(RawHttp2.DATA, RawHttp2.END_STREAM, stream, new byte[] {123, 125});
                        }
                        connection.reset(stream);
                    });
                }
            }
        });
    }

    @Test
    void frames_that_bring_nothing_end_their_connection() throws Exception {
        siege.withstands(() -> {
            Map<String, String> rogue = as("rogue");
            flood(rogue, 3, (connection, _) -> connection.frame(RawHttp2.PING, 0, 0, EIGHT));
            flood(rogue, 3, (connection, _) -> connection.frame(RawHttp2.SETTINGS, 0, 0));
            flood(rogue, 3, (connection, _) -> connection.frame(RawHttp2.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 9}));
            flood(rogue, 3, (connection, _) -> connection.frame(99, 0, 0, EIGHT));
            flood(rogue, 3, (connection, _) -> connection.frame(RawHttp2.GOAWAY, 0, 0, EIGHT));
            flood(rogue, 3, (connection, _) -> connection.frame(RawHttp2.WINDOW_UPDATE, 0, 0, RawHttp2.integer(1)));
        });
    }

    @Test
    void bodies_of_nothing_and_of_crumbs_end_their_connection() throws Exception {
        siege.withstands(() -> {
            for (byte[] crumb : new byte[][] {NOTHING, {' '}}) {
                flood(as("barred"), 3, (connection, round) -> {
                    if (round == 0) {
                        int _ = connection.request("POST", "/v1/chat/completions", as("barred"), false);
                    }
                    connection.frame(RawHttp2.DATA, 0, 3, crumb);
                });
            }
        });
    }

    @Test
    void a_head_without_end_ends_its_connection() throws Exception {
        siege.withstands(() -> {
            byte[] begun = RawHttp2.head("GET", "/v1/models", as("rogue"));
            byte[] more = literal("x-more", "y".repeat(200));
            for (byte[] piece : new byte[][] {NOTHING, more}) {
                flood(as("rogue"), 3, (connection, round) -> {
                    if (round == 0) {
                        connection.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 3, begun);
                    }
                    connection.frame(RawHttp2.CONTINUATION, 0, 3, piece);
                });
            }
        });
    }

    @Test
    void a_head_that_swells_when_it_is_unpacked_is_refused() throws Exception {
        byte[] remembered = literal("x-bomb", "z".repeat(3_900));
        remembered[0] = 0x40; // with incremental indexing: entry 62 from here on
        siege.withstands(() -> {
            for (int i = 0; i < 20; i++) {
                try (var connection = new RawHttp2(siege.mesh.port())) {
                    ByteArrayOutputStream head = new ByteArrayOutputStream();
                    head.writeBytes(RawHttp2.head("GET", "/v1/models", as("rogue")));
                    head.writeBytes(remembered);
                    byte[] bomb = new byte[12_000];
                    java.util.Arrays.fill(bomb, (byte) (0x80 | 62));
                    head.writeBytes(bomb);
                    connection.frame(
                            RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 1, head.toByteArray());
                    assertThat(connection.flush()).isTrue();
                    assertThat(refuses(connection, 1)).as("the bomb is refused").isTrue();
                }
            }
        });
    }

    /// Whether a stream ends in an error, or its connection.
    private static boolean refuses(RawHttp2 connection, int stream) throws IOException {
        while (true) {
            RawHttp2.Frame frame = connection.read();
            if (frame == null || frame.type() == RawHttp2.GOAWAY || frame.type() == RawHttp2.RST_STREAM) {
                return true;
            }
            if (frame.type() == RawHttp2.HEADERS && frame.stream() == stream) {
                return frame.status() != 200;
            }
        }
    }

    @Test
    void a_thousand_streams_without_a_window_cost_no_memory() throws Exception {
        // SETTINGS_INITIAL_WINDOW_SIZE = 0
        byte[] closedWindow = {0, 4, 0, 0, 0, 0};
        siege.withstands(() -> {
            List<RawHttp2> deaf = new ArrayList<>();
            try {
                for (int i = 0; i < 8; i++) {
                    var connection = new RawHttp2(siege.mesh.port(), closedWindow);
                    deaf.add(connection);
                    for (int j = 0; j < 1_000; j++) {
                        int _ = connection.request("GET", "/v1/models", as("lister"), true);
                    }
                    boolean _ = connection.flush();
                }
                siege.answers();
            } finally {
                for (RawHttp2 connection : deaf) {
                    connection.close();
                }
            }
        });
    }

    @Test
    void a_length_that_is_no_number_is_refused() throws Exception {
        try (var connection = new RawHttp2(siege.mesh.port())) {
            Map<String, String> headers =
                    Map.of("authorization", "Bearer " + siege.mesh.token("rogue"), "content-length", "5, 5");
            int stream = connection.request("POST", "/v1/chat/completions", headers, false);
            connection.frame(RawHttp2.DATA, RawHttp2.END_STREAM, stream, new byte[5]);
            assertThat(connection.flush()).isTrue();
            RawHttp2.Frame frame = connection.read();
            while (frame != null && frame.type() != RawHttp2.HEADERS) {
                frame = connection.read();
            }
            assertThat(Objects.requireNonNull(frame).status()).isEqualTo(400);
        }
    }

    @Test
    void a_window_that_stays_closed_ends_its_connection_whatever_else_comes() throws Exception {
        // SETTINGS_INITIAL_WINDOW_SIZE = 0
        try (var connection =
                new RawHttp2(siege.mesh.port(), (byte) 0, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 0)) {
            int _ = connection.request("HEAD", "/api/hello", as("barred"), true);
            int _ = connection.request("GET", "/healthz", Map.of(), true);
            assertThat(connection.flush()).isTrue();
            long begun = System.nanoTime();
            long[] due = {begun};
            Eventually.until("it is closed", Duration.ofSeconds(6), () -> {
                if (System.nanoTime() < due[0]) {
                    return false;
                }
                due[0] += TimeUnit.MILLISECONDS.toNanos(100); // far fewer than are too many
                return !connection.frame(RawHttp2.PING, 0, 0, EIGHT).flush();
            });
            assertThat(System.nanoTime() - begun).isGreaterThan(TimeUnit.SECONDS.toNanos(2));
        }
    }

    private static byte[] literal(String name, String value) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0);
        RawHttp2.text(block, name);
        RawHttp2.text(block, value);
        return block.toByteArray();
    }
}
