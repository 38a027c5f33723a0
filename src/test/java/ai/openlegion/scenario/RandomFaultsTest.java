package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A thousand calls that each go wrong in some way, and the books afterwards.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class RandomFaultsTest {

    private static final int RUNS = 1_000;
    private static final int AT_ONCE = 32;
    private static final long SEED = 20_261_122;

    private static final String[] FAULTS = {
        "",
        "",
        "split=2",
        "crlf comments",
        "refuse401",
        "refuse403",
        "refuse429",
        "error500",
        "status=529",
        "hang",
        "drop",
        "garbage",
        "html",
        "hang_after=5",
        "hang_after=0",
        "drop_after=0",
        "drop_after=7",
        "error_after=6",
        "no_terminal",
        "no_done",
        "ignore_max",
        "ignore_max keeps_going",
        "keeps_going",
        "lie_usage=under",
        "lie_usage=zero",
        "lie_usage=none",
        "usage_each",
        "echo_key",
        "tool_call",
        "reasoning=9",
        "pace=1",
        "pace=1 keeps_going",
        "pace=1 drop_after=9",
        "first=5",
        "cached=3",
        "vendor_headers"
    };

    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();

    @Test
    void a_thousand_random_faults_leave_nothing_held_and_a_ledger_equal_to_its_rows() throws Exception {
        try (Upstream upstream = Upstream.start();
                Mesh mesh = Mesh.start(MeshHome.in(upstream)
                        .agent("alpha", "50")
                        .agent("beta", "0.05")
                        .mesh("limits: {first_token_timeout_seconds: 2, read_idle_seconds: 2}\n"))) {
            run(mesh);

            assertThat(finished.get() + left.get()).isEqualTo(RUNS);
            assertThat(finished.get()).as("calls that came to an answer").isGreaterThan(RUNS / 3);
            upstream.awaitQuiet();
            Spend alpha = mesh.settledSpend("alpha");
            Spend beta = mesh.settledSpend("beta");
            JsonObject usage =
                    mesh.control("GET", "/control/usage?group_by=agent", null).json();
            long gone = alpha.gone() + beta.gone();
            long generated = upstream.counts().outputTokens() * 2_000_000L;
            assertThat(beta.gone()).as("beta within its limit").isLessThanOrEqualTo(beta.limit());
            assertThat(gone)
                    .as("at least what was generated; seed %s; usage %s", SEED, usage)
                    .isGreaterThanOrEqualTo(generated);

            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
            assertBooksAgree(mesh, gone);
        }
    }

    private void run(Mesh mesh) throws Exception {
        Random random = new Random(SEED);
        Semaphore places = new Semaphore(AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < RUNS; i++) {
                String agent = random.nextInt(4) == 0 ? "beta" : "alpha";
                String directive = "tokens=" + (1 + random.nextInt(60)) + " " + FAULTS[random.nextInt(FAULTS.length)];
                JsonObject body = Chat.of(random.nextBoolean() ? "sim/small" : "stopping/small", directive)
                        .put("stream", random.nextInt(4) != 0);
                if (random.nextBoolean()) {
                    body.put(random.nextBoolean() ? "max_tokens" : "max_completion_tokens", 1 + random.nextInt(80));
                }
                if (random.nextInt(5) == 0) {
                    body.put("n", 1 + random.nextInt(3));
                }
                if (directive.contains("tool_call")) {
                    body.put("tools", new JsonArray().add(new JsonObject("""
                            {"type": "function", "function": {"name": "weather",
                             "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}""")));
                }
                int patience = random.nextInt(3) == 0 ? random.nextInt(400) : Integer.MAX_VALUE;
                places.acquire();
                threads.execute(() -> {
                    try {
                        one(mesh, agent, body, patience);
                    } finally {
                        places.release();
                    }
                });
            }
        }
    }

    /// One call by a client that reads at most `patience` bytes and then leaves.
    private void one(Mesh mesh, String agent, JsonObject body, int patience) {
        byte[] request = body.toBuffer().getBytes();
        String authorization = "Authorization: Bearer " + mesh.token(agent) + "\r\nConnection: close\r\n";
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.post("/v1/chat/completions", authorization, request);
            byte[] piece = new byte[64];
            long read = 0;
            for (int got = 0; got >= 0; got = connection.read(piece)) {
                read += got;
                if (read > patience) {
                    left.incrementAndGet();
                    return;
                }
            }
            finished.incrementAndGet();
        } catch (java.io.IOException gone) {
            left.incrementAndGet();
        }
    }

    private static void assertBooksAgree(Mesh mesh, long gone) throws SQLException {
        String url = "jdbc:sqlite:" + mesh.home().root().resolve("data/openlegion.db");
        try (Connection connection = DriverManager.getConnection(url)) {
            long accounts = sum(connection, "SELECT SUM(spent) + SUM(unreconciled) FROM account_day");
            long rows = sum(connection, "SELECT SUM(spent) + SUM(unreconciled) FROM usage_day");
            long leased = sum(connection, "SELECT SUM(leased) FROM account_day");
            assertThat(accounts).as("accounts on disk").isEqualTo(gone);
            assertThat(rows).as("usage rows on disk").isEqualTo(gone);
            assertThat(leased).as("leases handed back").isZero();
        }
    }

    private static long sum(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.getLong(1);
        }
    }
}
