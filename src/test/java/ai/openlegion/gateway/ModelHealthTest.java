package ai.openlegion.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Price;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Rates;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelHealthTest {

    private static final Provider SIM = new Provider(
            "sim", Dialect.OPENAI, URI.create("http://127.0.0.1:9/v1"), Auth.NONE, null, false, "max_tokens");
    private static final Model A = model("a");
    private static final Model B = model("b");
    private static final Model C = model("c");
    private static final long START = Instant.parse("2026-03-01T12:00:00Z").toEpochMilli();

    private final AtomicLong now = new AtomicLong(START);
    private final ModelHealth health = new ModelHealth(() -> Instant.ofEpochMilli(now.get()));

    private static Model model(String name) {
        return new Model("sim/" + name, SIM, name, Price.flat(new Rates(1, 1, 1, 1)), 0, 0, null);
    }

    private List<Model> order(Model... candidates) {
        return health.order(List.of(candidates), Function.identity());
    }

    private void fail(Model model, Failure failure) {
        health.begin(model).failed(failure);
    }

    private void status(Model model, int status, @Nullable String retryAfter) {
        Failure failure = Failure.of(status, retryAfter, Instant.ofEpochMilli(now.get()));
        assertThat(failure).isNotNull();
        if (failure != null) {
            fail(model, failure);
        }
    }

    private void pass(long seconds) {
        now.addAndGet(seconds * 1_000);
    }

    @Test
    void nobody_is_known_before_a_call_has_ended() {
        var _ = health.begin(A);
        assertThat(health.isKnown(A)).isFalse();
        assertThat(health.of(A)).isEqualTo(new ModelHealth.Health("sim/a", true, 0, 0, 0, 0, null));
        assertThat(order(A, B, C)).containsExactly(A, B, C);
    }

    @Test
    void a_failure_cools_for_a_minute_then_five_then_twenty_five_and_a_success_ends_it() {
        for (long seconds : new long[] {60, 300, 1_500, 1_500}) {
            fail(A, Failure.TIMEOUT);
            assertThat(health.of(A).cooldownRemaining()).isEqualTo(seconds);
            assertThat(health.of(A).available()).isFalse();
            pass(seconds - 1);
            assertThat(health.of(A).cooldownRemaining()).isEqualTo(1);
            assertThat(order(A, B)).containsExactly(B, A);
            pass(1);
            assertThat(health.of(A).available()).isTrue();
            assertThat(order(A, B)).containsExactly(A, B);
        }
        assertThat(health.of(A)).isEqualTo(new ModelHealth.Health("sim/a", true, 0, 4, 4, 0, "timeout"));
        fail(A, Failure.BROKEN);
        health.begin(A).succeeded();
        assertThat(health.of(A)).isEqualTo(new ModelHealth.Health("sim/a", true, 1, 5, 0, 0, null));
        fail(A, Failure.UNREACHABLE);
        assertThat(health.of(A).cooldownRemaining()).isEqualTo(60);
        assertThat(health.of(A).lastError()).isEqualTo("unreachable");
    }

    @ParameterizedTest
    @CsvSource({
        "503, 7, 7",
        "429, 0, 0",
        "429, 3601, 3600",
        "429, 99999999999999999999, 3600",
        "401, 30, 30",
        "529, ' 12 ', 12",
        "500, 'Sun, 01 Mar 2026 12:00:45 GMT', 45",
        "500, 'Sun, 01 Mar 2026 11:00:00 GMT', 0",
        "500, 'Mon, 01 Mar 2027 11:00:00 GMT', 3600",
        "500, soon, 60",
        "500, -5, 60",
        "500, 1.5, 60",
        "500, '', 60",
        "500, , 60",
        "408, , 60",
        "401, , 3600",
        "402, , 3600",
        "403, , 3600",
    })
    void the_provider_says_how_long_else_the_kind_of_its_refusal(
            int status, @Nullable String retryAfter, long seconds) {
        status(A, status, retryAfter);
        assertThat(health.of(A).cooldownRemaining()).isEqualTo(seconds);
        assertThat(health.of(A).lastError()).isEqualTo("http_" + status);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 400, 404, 409, 413, 422, 499})
    void what_the_request_is_to_blame_for_says_nothing_about_the_model(int status) {
        assertThat(Failure.of(status, "30", Instant.ofEpochMilli(START))).isNull();
    }

    @Test
    void when_all_cool_the_one_with_the_least_left_is_first() {
        status(A, 429, "300");
        status(B, 429, "20");
        status(C, 429, "100");
        assertThat(order(A, B, C)).containsExactly(B, C, A);
        pass(150);
        assertThat(order(A, B, C)).containsExactly(B, C, A);
        pass(150);
        assertThat(order(A, B, C)).containsExactly(A, B, C);
    }

    @Test
    void calls_that_were_under_way_together_are_one_failure_in_a_row() {
        List<ModelHealth.Trial> together = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            together.add(health.begin(A));
        }
        together.forEach(trial -> trial.failed(Failure.TIMEOUT));
        assertThat(health.of(A)).isEqualTo(new ModelHealth.Health("sim/a", false, 0, 50, 1, 60, "timeout"));
        fail(A, Failure.TIMEOUT);
        assertThat(health.of(A).cooldownRemaining()).isEqualTo(300);
    }

    @Test
    void a_success_that_was_begun_before_a_failure_does_not_lift_what_the_provider_asked_for() {
        ModelHealth.Trial early = health.begin(A);
        status(A, 429, "40");
        early.succeeded();
        assertThat(health.of(A)).isEqualTo(new ModelHealth.Health("sim/a", false, 1, 1, 1, 40, "http_429"));
    }

    @Test
    void a_late_failure_makes_a_cool_down_longer_and_never_shorter() {
        ModelHealth.Trial shorter = health.begin(A);
        ModelHealth.Trial longer = health.begin(A);
        status(A, 429, "40");
        shorter.failed(new Failure("http_503", true, false, 5));
        assertThat(health.of(A).cooldownRemaining()).isEqualTo(40);
        longer.failed(new Failure("http_503", true, false, 90));
        assertThat(health.of(A).cooldownRemaining()).isEqualTo(90);
    }

    @Test
    void a_call_tells_once_how_it_went() {
        ModelHealth.Trial trial = health.begin(A);
        trial.failed(Failure.BROKEN);
        trial.failed(Failure.BROKEN);
        trial.succeeded();
        assertThat(health.of(A).failureCount()).isEqualTo(1);
        assertThat(health.of(A).successCount()).isZero();
    }

    @Test
    void a_clock_that_is_set_back_does_not_cool_for_longer() {
        fail(A, Failure.TIMEOUT);
        now.addAndGet(-86_400_000);
        assertThat(health.of(A).cooldownRemaining()).isEqualTo(60);
    }

    @Test
    @Timeout(30)
    void no_outcome_is_lost_between_threads() throws Exception {
        int threads = 8;
        int calls = 2_000;
        var start = new CountDownLatch(1);
        try (var pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                boolean fails = t % 2 == 0;
                workers.add(pool.submit(() -> {
                    start.await();
                    for (int i = 0; i < calls; i++) {
                        ModelHealth.Trial trial = health.begin(A);
                        if (fails) {
                            trial.failed(Failure.TIMEOUT);
                        } else {
                            trial.succeeded();
                        }
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> worker : workers) {
                var _ = worker.get();
            }
        }
        ModelHealth.Health all = health.of(A);
        assertThat(all.successCount()).isEqualTo(threads / 2L * calls);
        assertThat(all.failureCount()).isEqualTo(threads / 2L * calls);
        assertThat(all.cooldownRemaining()).isIn(0L, 60L, 300L, 1_500L);
    }
}
