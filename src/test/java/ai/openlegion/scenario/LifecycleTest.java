package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// How a mesh ends, gently and not, and what the next one knows.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class LifecycleTest {

    private static final long TOKEN = 1_000_000;

    private static Upstream upstream;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
    }

    @AfterAll
    static void stop() throws Exception {
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    @Test
    void sigterm_lets_streams_end_cuts_those_that_do_not_and_loses_nothing() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1").mesh("limits: {drain_seconds: 5}\n");
        Path ready = home.root().resolve("data/ready.json");
        try (Mesh mesh = Mesh.start(home)) {
            EventStream small = mesh.stream("alpha", Chat.of("sim/free-input", "tokens=60 pace=10"));
            EventStream large = mesh.stream("alpha", Chat.of("sim/free-input", "tokens=4000 pace=10"));
            assertThat(small.next()).isNotNull();
            assertThat(large.next()).isNotNull();

            mesh.terminate();

            assertThat(small.all()).last().isEqualTo("[DONE]");
            assertThat(small.deltas()).isEqualTo(60);
            CutShape.assertCut(large.all(), "shutdown");
            assertThat(mesh.awaitExit()).isZero();
            assertThat(ready).doesNotExist();
        }
        upstream.awaitQuiet();
        assertThat(upstream.counts().outputTokens()).isBetween(61L, 1_000L);
    }

    @Test
    void a_restart_knows_what_was_spent_and_hands_no_lease_to_the_void() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1");
        try (Mesh first = Mesh.start(home)) {
            for (int i = 0; i < 5; i++) {
                assertThat(first.chat("alpha", Chat.of("sim/free-input", "tokens=100"))
                                .status())
                        .isEqualTo(200);
            }
            first.terminate();
            assertThat(first.awaitExit()).isZero();
            try (Mesh second = Mesh.start(home)) {
                Spend spend = second.spend("alpha");
                assertThat(spend.spent()).isEqualTo(500 * TOKEN);
                assertThat(spend.unreconciled()).isZero();
                assertThat(spend.held()).isZero();
            }
        }
    }

    @Test
    void a_limit_changed_while_running_survives_the_restart() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1");
        try (Mesh first = Mesh.start(home)) {
            assertThat(first.control("PUT", "/control/budgets/alpha", new JsonObject().put("daily_usd", 0.25))
                            .status())
                    .isEqualTo(200);
            first.terminate();
            assertThat(first.awaitExit()).isZero();
            try (Mesh second = Mesh.start(home)) {
                assertThat(second.spend("alpha").limit()).isEqualTo(250_000_000_000L);
            }
        }
    }

    @Test
    void a_second_mesh_on_one_home_says_who_holds_it_and_harms_nothing() throws Exception {
        try (Mesh first = Mesh.start(MeshHome.in(upstream).agent("alpha", "1"))) {
            Mesh second = Mesh.launch(first.home());

            assertThat(second.awaitExit()).isEqualTo(1);
            assertThat(second.log()).contains(Long.toString(first.pid()));
            assertThat(Files.readString(first.home().root().resolve("data/ready.json")))
                    .contains(Long.toString(first.pid()));
            assertThat(first.chat("alpha", Chat.of("sim/free-input", "tokens=5"))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void after_kill_9_under_load_nothing_that_was_generated_is_missing() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "5").agent("beta", "0.2");
        long gone = 0;
        for (int round = 0; round < 3; round++) {
            Mesh mesh = Mesh.start(home);
            Spend before = mesh.spend("alpha");
            assertThat(before.gone() + mesh.spend("beta").gone())
                    .as("before round %s", round)
                    .isGreaterThanOrEqualTo(gone);
            load(mesh);
            upstream.awaitQuiet();
            gone = upstream.counts().outputTokens() * TOKEN;
        }
        try (Mesh last = Mesh.start(home)) {
            Spend alpha = last.spend("alpha");
            Spend beta = last.spend("beta");
            assertThat(alpha.held() + beta.held()).isZero();
            assertThat(alpha.gone() + beta.gone()).isGreaterThanOrEqualTo(gone);
            assertThat(alpha.gone()).isLessThanOrEqualTo(alpha.limit());
            assertThat(beta.gone()).isLessThanOrEqualTo(beta.limit());
            assertThat(alpha.unreconciled() + beta.unreconciled())
                    .as("what crashes left unclear")
                    .isPositive();

            JsonObject all = new JsonObject().put("usd", 5);
            assertThat(last.control("POST", "/control/budgets/alpha/release", all)
                            .status())
                    .isEqualTo(200);
            assertThat(last.spend("alpha").unreconciled()).isZero();
        }
    }

    /// Some seconds of calls of all lengths by two agents, ended by SIGKILL in their midst.
    private static void load(Mesh mesh) throws Exception {
        AtomicBoolean killed = new AtomicBoolean();
        AtomicLong serial = new AtomicLong();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 32; i++) {
                String agent = i % 4 == 0 ? "beta" : "alpha";
                threads.execute(() -> {
                    while (!killed.get()) {
                        oneOfLoad(mesh, agent, serial.getAndIncrement());
                    }
                });
            }
            Eventually.until("work is done", () -> serial.get() > 400);
            mesh.kill();
            killed.set(true);
        }
    }

    private static void oneOfLoad(Mesh mesh, String agent, long serial) {
        String pace = serial % 3 == 0 ? "pace=2" : "";
        JsonObject body = Chat.of("sim/free-input", "lognormal=80:0.7:" + serial + " " + pace);
        try (EventStream stream = mesh.stream(agent, body)) {
            assertThat(stream.all()).isNotNull();
        } catch (RuntimeException died) {
            assertThat(died).isInstanceOfAny(java.io.UncheckedIOException.class, IllegalStateException.class);
        }
    }
}
