package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Hard limits, judged by what the upstream generated.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class BudgetTest {

    /// Pico-USD a token of output of the `free-input` models costs.
    private static final long TOKEN = 1_000_000;

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .agent("crowd", "0.02")
                .agent("eager", "0.02")
                .agent("honest", "100")
                .agent("greedy", "0.0005")
                .agent("liar", "100")
                .agent("lowered", "1")
                .agent("spender", "0.001")
                .agent("zero", "0"));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    @Test
    void a_crowd_of_128_streams_uses_a_20000_token_budget_and_not_one_token_more() throws Exception {
        long seed = 20_261_122;
        AtomicLong lengths = new AtomicLong(seed);
        AtomicInteger inFlight = new AtomicInteger();
        List<Callable<Void>> workers = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            workers.add(() -> {
                boolean more = true;
                while (more) {
                    inFlight.incrementAndGet();
                    boolean refused = streamRefused(lengths.getAndIncrement());
                    int others = inFlight.decrementAndGet();
                    more = !refused || others > 0;
                    if (refused && others > 0) {
                        Eventually.until("another stream ends", () -> inFlight.get() < others || inFlight.get() == 0);
                    }
                }
                return null;
            });
        }
        all(workers);

        upstream.awaitQuiet();
        long generated = upstream.counts().outputTokens();
        assertThat(generated).as("tokens generated, seed %s", seed).isBetween(19_740L, 20_000L);
        Spend spend = mesh.settledSpend("crowd");
        assertThat(spend.spent()).isEqualTo(generated * TOKEN);
        assertThat(spend.unreconciled()).isZero();
    }

    @Test
    void workers_that_stop_at_their_first_refusal_still_use_the_budget() throws Exception {
        AtomicLong lengths = new AtomicLong(7);
        List<Callable<Void>> workers = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            workers.add(() -> {
                boolean refused = false;
                while (!refused) {
                    refused = refused("eager", "lognormal=150:0.8:" + lengths.getAndIncrement());
                }
                return null;
            });
        }
        all(workers);

        upstream.awaitQuiet();
        assertThat(upstream.counts().outputTokens()).isBetween(19_740L, 20_000L);
    }

    @Test
    void an_honest_provider_is_never_cut() throws Exception {
        Random random = new Random(41);
        List<Callable<Void>> runs = new ArrayList<>();
        String[] dresses = {"", "split=3", "reasoning=7", "crlf comments", "usage_each", "multiline"};
        for (int i = 0; i < 120; i++) {
            int tokens = 1 + random.nextInt(300);
            int max = 1 + random.nextInt(300);
            int pace = random.nextInt(3);
            String directive = "tokens=" + tokens + " pace=" + pace + " " + dresses[random.nextInt(dresses.length)];
            runs.add(() -> {
                int expected = Math.min(Math.max(tokens, directive.contains("reasoning") ? 7 : 1), max);
                JsonObject body = Chat.of("sim/free-input", directive).put("max_tokens", max);
                try (EventStream stream = mesh.stream("honest", body)) {
                    assertThat(stream.all()).as(directive).last().isEqualTo("[DONE]");
                    assertThat(stream.deltas())
                            .as("%s of at most %s", directive, max)
                            .isEqualTo(expected);
                    assertThat(stream.frames()).as(directive).noneMatch(frame -> frame.containsKey("error"));
                }
                return null;
            });
        }
        all(runs);

        Spend spend = mesh.settledSpend("honest");
        assertThat(spend.spent()).isEqualTo(upstream.counts().outputTokens() * TOKEN);
        assertThat(spend.unreconciled()).isZero();
    }

    @Test
    void a_provider_that_ignores_its_maximum_is_cut_inside_the_hold() {
        JsonObject body =
                Chat.of("sim/free-input", "tokens=4000 pace=5 ignore_max").put("max_tokens", 50);
        try (EventStream stream = mesh.stream("liar", body)) {
            List<String> events = stream.all();

            assertThat(stream.deltas()).isEqualTo(50);
            CutShape.assertCut(events, "budget_exceeded");
        }
        upstream.awaitQuiet();
        assertThat(upstream.counts().outputTokens()).isBetween(51L, 500L);
        Spend spend = mesh.settledSpend("liar");
        assertThat(spend.gone()).isEqualTo(50 * TOKEN);
    }

    @Test
    void a_budget_stops_a_stream_on_the_token() {
        JsonObject body = Chat.of("sim/free-input", "tokens=4000 pace=1 ignore_max");
        try (EventStream stream = mesh.stream("greedy", body)) {
            List<String> events = stream.all();

            assertThat(stream.deltas()).isEqualTo(500);
            CutShape.assertCut(events, "budget_exceeded");
        }
        Spend spend = mesh.settledSpend("greedy");
        assertThat(spend.gone()).isEqualTo(spend.limit());
        assertThat(mesh.chat("greedy", body).status()).isEqualTo(402);
    }

    @Test
    void a_lowered_limit_cuts_running_streams_newest_first() {
        JsonObject body = Chat.of("sim/free-input", "tokens=400 pace=5").put("max_tokens", 1000);
        List<EventStream> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            EventStream stream = mesh.stream("lowered", body);
            streams.add(stream);
            assertThat(stream.next()).isNotNull();
        }
        assertThat(mesh.spend("lowered").held()).isEqualTo(4000 * TOKEN);

        Reply lowered = mesh.control("PUT", "/control/budgets/lowered", new JsonObject().put("daily_usd", 0.0025));

        assertThat(lowered.status()).isEqualTo(200);
        CutShape.assertCut(streams.get(3).all(), "budget_exceeded");
        CutShape.assertCut(streams.get(2).all(), "budget_exceeded");
        for (EventStream old : streams.subList(0, 2)) {
            assertThat(old.all()).last().isEqualTo("[DONE]");
            assertThat(old.deltas()).isEqualTo(400);
            assertThat(old.frames()).noneMatch(frame -> frame.containsKey("error"));
        }
        Spend spend = mesh.settledSpend("lowered");
        assertThat(spend.gone()).isGreaterThanOrEqualTo(upstream.counts().outputTokens() * TOKEN);
        streams.forEach(EventStream::close);
    }

    @Test
    void a_refused_call_says_what_is_left_and_when_it_comes_back() {
        assertThat(mesh.chat("spender", Chat.of("sim/free-input", "tokens=1000"))
                        .status())
                .isEqualTo(200);
        upstream.reset();
        Reply reply = mesh.chat("spender", Chat.of("sim/free-input", "tokens=1000"));

        assertThat(reply.status()).isEqualTo(402);
        assertThat(reply.header("x-should-retry")).isEqualTo("false");
        assertThat(Long.parseLong(reply.header("retry-after"))).isBetween(1L, 31L * 86_400);
        JsonObject reason = reply.error().getJsonObject("openlegion");
        assertThat(reply.error().getString("code")).isEqualTo("insufficient_quota");
        assertThat(reason.getString("reason")).isEqualTo("budget_exceeded");
        assertThat(Spend.pico(reason, "limit_usd")).isEqualTo(1000 * TOKEN);
        assertThat(Spend.pico(reason, "spent_usd")).isEqualTo(1000 * TOKEN);
        assertThat(reason.getString("resets_at")).isNotEmpty();
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void a_limit_of_zero_refuses_everything() {
        assertThat(mesh.chat("zero", Chat.of("sim/free-input", "tokens=1")).status())
                .isEqualTo(402);
        assertThat(upstream.requests()).isZero();
    }

    private static boolean streamRefused(long length) {
        return refused("crowd", "lognormal=150:0.8:" + length);
    }

    private static boolean refused(String agent, String directive) {
        try (EventStream stream = mesh.stream(agent, Chat.of("sim/free-input", directive))) {
            if (stream.status() == 402) {
                return true;
            }
            assertThat(stream.status()).isEqualTo(200);
            assertThat(stream.all()).last().isEqualTo("[DONE]");
            assertThat(stream.frames()).noneMatch(frame -> frame.containsKey("error"));
            return false;
        }
    }

    private static void all(List<Callable<Void>> calls) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> call : threads.invokeAll(calls)) {
                call.get();
            }
        }
    }
}
