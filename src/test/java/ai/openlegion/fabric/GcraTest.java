package ai.openlegion.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GcraTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;
    private static final AgentId ALICE = new AgentId("alice");

    /// A bucket of `limit` tokens that fills at `limit` a minute: the same rule in other words.
    private static final class Bucket {
        final double limit;
        double tokens;
        long at;

        Bucket(int limit, long now) {
            this.limit = limit;
            tokens = limit;
            at = now;
        }

        void flow(long now) {
            tokens = Math.min(limit, tokens + (now - at) * limit / MINUTE);
            at = now;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void it_lets_through_what_a_bucket_of_tokens_would(long seed) {
        Random random = new Random(seed);
        int limit = 1 + random.nextInt(200);
        Gcra rate = Gcra.perMinute(limit);
        long now = 1_700_000_000L * SECOND;
        long even = 0;
        Bucket bucket = new Bucket(limit, now);
        for (int step = 0; step < 20_000; step++) {
            now += (long) (-Math.log(1 - random.nextDouble()) * MINUTE / limit * (random.nextInt(4) == 0 ? 5 : 0.5));
            bucket.flow(now);
            long next = rate.next(even, now);
            // by truncation of the interval the two may differ where a token is all but there
            if (Math.abs(bucket.tokens - 1) > 0.001) {
                assertThat(next >= 0)
                        .as("seed %d, limit %d, step %d, tokens %f", seed, limit, step, bucket.tokens)
                        .isEqualTo(bucket.tokens >= 1);
            }
            if (next >= 0) {
                bucket.tokens -= 1;
                even = next;
            } else {
                assertThat(rate.next(even, now - next))
                        .as("seed %d, step %d: it passes when it was told to come back", seed, step)
                        .isNotNegative();
                assertThat(rate.next(even, now - next - 1)).isNegative();
            }
        }
    }

    @Test
    void the_whole_limit_may_come_at_once_and_no_more() {
        RateLimiter limiter = limiter(7, Instant.EPOCH.plusSeconds(1_000_000));

        for (int i = 0; i < 7; i++) {
            assertThat(limiter.charge(ALICE, Crossing.PUBLISH)).isZero();
        }
        assertThat(limiter.charge(ALICE, Crossing.PUBLISH))
                .as("seconds until the next")
                .isEqualTo(9);
        assertThat(limiter.charge(ALICE, Crossing.MESSAGE))
                .as("another operation")
                .isZero();
        assertThat(limiter.charge(new AgentId("bob"), Crossing.PUBLISH))
                .as("another agent")
                .isZero();
    }

    @Test
    void a_clock_that_is_set_back_locks_nobody_out() {
        Gcra rate = Gcra.perMinute(60);
        long later = 2_000_000_000L * SECOND;
        long even = rate.next(0, later);

        long before = later - 86_400 * SECOND;

        assertThat(rate.next(even, before)).as("as at the start").isEqualTo(before + SECOND);
    }

    @Test
    void a_clock_that_is_read_unevenly_gives_nothing_away() {
        Gcra rate = Gcra.perMinute(10);
        long now = 2_000_000_000L * SECOND;
        long even = 0;
        for (int i = 0; i < 10; i++) {
            even = rate.next(even, now);
        }

        assertThat(rate.next(even, now - SECOND / 1000))
                .as("read a millisecond before the others")
                .isNegative();
        assertThat(rate.next(even, now - 4 * SECOND)).as("put back a little").isNegative();
    }

    @Test
    void an_operation_may_have_a_rate_of_its_own() {
        var limits = new RateLimits(10, Map.of("cron", 1));
        RateLimiter limiter = new RateLimiter(limits, InstantSource.fixed(Instant.EPOCH.plusSeconds(5)));

        assertThat(limiter.charge(ALICE, Crossing.CRON)).isZero();
        assertThat(limiter.charge(ALICE, Crossing.CRON)).isEqualTo(60);
        limiter.retain(Set.of());
        assertThat(limiter.charge(ALICE, Crossing.CRON))
                .as("after the agent was gone")
                .isZero();
    }

    @Test
    void the_vault_may_be_asked_sixty_times_a_minute() {
        RateLimiter limiter =
                new RateLimiter(RateLimits.DEFAULTS, InstantSource.fixed(Instant.EPOCH.plusSeconds(1_000_000)));
        for (int i = 0; i < 60; i++) {
            assertThat(limiter.charge(ALICE, Crossing.VAULT)).isZero();
        }
        assertThat(limiter.charge(ALICE, Crossing.VAULT)).isEqualTo(1);
        assertThat(limiter.charge(ALICE, Crossing.CRON)).isZero();
    }

    @Test
    void many_threads_together_get_no_more_than_one_would() throws Exception {
        RateLimiter limiter = limiter(1_000, Instant.EPOCH.plusSeconds(1_000_000));
        CountDownLatch begin = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            var passed = java.util.stream.IntStream.range(0, 8)
                    .<Future<Integer>>mapToObj(_ -> threads.submit(() -> {
                        begin.await();
                        int count = 0;
                        for (int i = 0; i < 500; i++) {
                            count += limiter.charge(ALICE, Crossing.INBOX) == 0 ? 1 : 0;
                        }
                        return count;
                    }))
                    .toList();
            begin.countDown();
            int all = 0;
            for (Future<Integer> each : passed) {
                all += each.get();
            }
            assertThat(all).isEqualTo(1_000);
        }
    }

    private static RateLimiter limiter(int perMinute, Instant now) {
        return new RateLimiter(new RateLimits(perMinute, Map.of()), InstantSource.fixed(now));
    }
}
