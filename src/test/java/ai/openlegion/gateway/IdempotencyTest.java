package ai.openlegion.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.gateway.Idempotency.Known;
import ai.openlegion.gateway.Idempotency.Outcome;
import ai.openlegion.identity.AgentId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyTest {

    private static final Idempotency.Key KEY = key("alpha", "/v1/chat/completions", "k-1");
    private static final byte[] BODY = Idempotency.hash("{}".getBytes(StandardCharsets.UTF_8));
    private static final byte[] OTHER = Idempotency.hash("[]".getBytes(StandardCharsets.UTF_8));
    private static final Outcome OK = Outcome.answered(false);
    private static final Outcome LATE =
            Outcome.refused(Refusal.of(Refusal.Kind.TIMED_OUT, "The provider did not answer in time"));

    private final AtomicLong now = new AtomicLong(1_750_000_000_000L);
    private final Idempotency keys = new Idempotency(() -> Instant.ofEpochMilli(now.get()));

    private static Idempotency.Key key(String agent, String path, String key) {
        return new Idempotency.Key(AgentId.parse(agent).orElseThrow(), path, key);
    }

    private Idempotency.Running fresh(Idempotency.Key key) {
        return ((Known.Fresh) keys.begin(key, BODY)).call();
    }

    @Test
    void a_call_under_way_is_busy_and_one_that_was_paid_is_answered_again() {
        Idempotency.Running call = fresh(KEY);
        assertThat(keys.begin(KEY, BODY)).isInstanceOf(Known.Busy.class);
        byte[] answer = "answer".getBytes(StandardCharsets.UTF_8);
        call.answers(answer);
        call.end(OK);
        assertThat(keys.begin(KEY, BODY)).isEqualTo(new Known.Answered(OK, answer));
        assertThat(keys.underWay()).isZero();
    }

    @Test
    void a_call_that_spent_nothing_frees_its_key() {
        fresh(KEY).end(null);
        fresh(KEY).end(LATE);
        assertThat(keys.begin(KEY, BODY)).isEqualTo(new Known.Answered(LATE, null));
    }

    @Test
    void another_body_under_the_same_key_is_told_apart_while_the_call_runs_and_after() {
        Idempotency.Running call = fresh(KEY);
        assertThat(keys.begin(KEY, OTHER)).isInstanceOf(Known.Mismatch.class);
        call.end(OK);
        assertThat(keys.begin(KEY, OTHER)).isInstanceOf(Known.Mismatch.class);
    }

    @Test
    void a_key_counts_for_one_agent_and_one_path() {
        fresh(KEY).end(OK);
        fresh(key("beta", KEY.path(), KEY.key())).end(null);
        fresh(key("alpha", "/v1/messages", KEY.key())).end(null);
        fresh(key("alpha", KEY.path(), "k-2")).end(null);
    }

    @Test
    void an_outcome_is_known_for_ten_minutes_and_a_call_as_long_as_it_runs() {
        Idempotency.Running call = fresh(KEY);
        now.addAndGet(Idempotency.KEPT.toMillis() * 6);
        assertThat(keys.begin(KEY, BODY)).isInstanceOf(Known.Busy.class);
        call.end(OK);
        now.addAndGet(Idempotency.KEPT.toMillis() - 1);
        assertThat(keys.begin(KEY, BODY)).isInstanceOf(Known.Answered.class);
        now.addAndGet(1);
        fresh(KEY).end(null);
    }

    @Test
    void a_long_answer_is_not_kept_but_its_outcome_is() {
        Idempotency.Running call = fresh(KEY);
        call.answers(new byte[Idempotency.MAX_ANSWER_BYTES + 1]);
        call.end(OK);
        assertThat(keys.begin(KEY, BODY)).isEqualTo(new Known.Answered(OK, null));
    }

    @Test
    void kept_answers_are_bounded_and_make_no_outcome_forgotten() {
        int calls = 200;
        for (int i = 0; i < calls; i++) {
            Idempotency.Running call = fresh(key("alpha", KEY.path(), "k" + i));
            call.answers(new byte[Idempotency.MAX_ANSWER_BYTES]);
            call.end(OK);
        }
        int kept = 0;
        for (int i = 0; i < calls; i++) {
            var answered = (Known.Answered) keys.begin(key("alpha", KEY.path(), "k" + i), BODY);
            kept += answered.answer() == null ? 0 : 1;
        }
        assertThat(kept).isBetween(1, 48);
    }

    @Test
    void only_the_first_end_of_a_call_counts() {
        Idempotency.Running first = fresh(KEY);
        first.end(null);
        Idempotency.Running second = fresh(KEY);
        first.end(OK);
        assertThat(keys.begin(KEY, BODY)).isInstanceOf(Known.Busy.class);
        second.end(null);
        fresh(KEY).end(null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tab\t", "ü", "line\nbreak", "\u007f"})
    void a_key_is_printable(String bad) {
        assertThat(Idempotency.isKey(bad)).isFalse();
        assertThat(Idempotency.isKey("a b~!" + "x".repeat(250))).isTrue();
        assertThat(Idempotency.isKey("x".repeat(256))).isFalse();
    }

    @Test
    @Timeout(30)
    void of_many_that_come_at_once_one_goes_on() throws Exception {
        int threads = 8;
        for (int round = 0; round < 200; round++) {
            Idempotency.Key key = key("alpha", KEY.path(), "r" + round);
            var start = new CountDownLatch(1);
            int fresh = 0;
            try (var pool = Executors.newFixedThreadPool(threads)) {
                List<Future<Known>> asked = new ArrayList<>();
                for (int t = 0; t < threads; t++) {
                    asked.add(pool.submit(() -> {
                        start.await();
                        return keys.begin(key, BODY);
                    }));
                }
                start.countDown();
                for (Future<Known> answer : asked) {
                    fresh += answer.get() instanceof Known.Fresh ? 1 : 0;
                }
            }
            assertThat(fresh).isEqualTo(1);
        }
    }
}
