package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The calls that carried an `Idempotency-Key`: what was paid once is not paid again.
///
/// Shared by all event loops of a node, in memory only: another node and a mesh that was started again know nothing of
/// them. A key counts for one agent and one path, while its call runs and ten minutes longer.
final class Idempotency {

    /// How long an outcome is known.
    static final Duration KEPT = Duration.ofMinutes(10);

    /// The longest whole answer that is kept to be given again, in bytes.
    static final int MAX_ANSWER_BYTES = 1024 * 1024;

    /// Of kept answers, and of the outcomes without them, for all agents together. Whoever floods the one does not
    /// make the other forget that a call was paid.
    private static final long ANSWERS_BYTES = 48L * 1024 * 1024;

    private static final long OUTCOMES_BYTES = 16L * 1024 * 1024;

    /// What an entry takes beside its key and its answer.
    private static final int OVERHEAD_BYTES = 250;

    private static final int MAX_KEY = 255;

    /// What makes two calls the same.
    record Key(AgentId agent, String path, String key) {}

    /// How a call that was paid ended.
    ///
    /// @param refusal what its client was told, or is told now where the answer itself is not kept
    /// @param streamed whether that belongs into a stream
    record Outcome(Refusal refusal, boolean streamed) {

        private static final Refusal NOT_KEPT = Refusal.of(
                Refusal.Kind.ANSWERED_BEFORE,
                "The call with this Idempotency-Key was answered and paid before, and its answer is not kept; send"
                        + " another key to ask again");

        /// An answer, or the beginning of one.
        static Outcome answered(boolean streamed) {
            return new Outcome(NOT_KEPT, streamed);
        }

        /// An error instead of an answer.
        static Outcome refused(Refusal refusal) {
            return new Outcome(refusal, false);
        }

        int bytes() {
            Refusal.UpstreamError upstream = refusal.upstream();
            return 2 * refusal.message().length() + (upstream == null ? 0 : upstream.body().length);
        }
    }

    /// What is known of a key.
    sealed interface Known {

        /// The call may go on; it says by this how it ended.
        record Fresh(Running call) implements Known {}

        /// The same call is under way.
        record Busy() implements Known {}

        /// The key came with another body.
        record Mismatch() implements Known {}

        /// The same call was answered.
        ///
        /// @param answer the whole answer as it was sent; null where it is not kept
        record Answered(Outcome outcome, byte @Nullable [] answer) implements Known {}
    }

    private record Done(byte[] hash, Outcome outcome) {}

    private final Map<Key, Running> running = new ConcurrentHashMap<>();
    private final Cache<Key, Done> outcomes;
    private final Cache<Key, byte[]> answers;

    Idempotency(InstantSource clock) {
        outcomes = Caffeine.newBuilder()
                .maximumWeight(OUTCOMES_BYTES)
                .<Key, Done>weigher((key, done) ->
                        OVERHEAD_BYTES + 2 * key.key().length() + done.outcome().bytes())
                .expireAfterWrite(KEPT)
                .ticker(() -> clock.millis() * 1_000_000L)
                .executor(Runnable::run)
                .build();
        answers = Caffeine.newBuilder()
                .maximumWeight(ANSWERS_BYTES)
                .<Key, byte[]>weigher(
                        (key, answer) -> OVERHEAD_BYTES + 2 * key.key().length() + answer.length)
                .expireAfterWrite(KEPT)
                .ticker(() -> clock.millis() * 1_000_000L)
                .executor(Runnable::run)
                .build();
    }

    /// Whether this can be a key: 1 to 255 printable ASCII characters.
    static boolean isKey(String value) {
        return !value.isEmpty() && value.length() <= MAX_KEY && value.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    /// What a body is known by: its SHA-256.
    static byte[] hash(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /// What is known of a key; where that is nothing, its call is under way from now on.
    ///
    /// @param hash of the body
    Known begin(Key key, byte[] hash) {
        var mine = new Running(key, hash);
        var result = new Known[1];
        var _ = running.compute(key, (_, other) -> {
            if (other != null) {
                result[0] = Arrays.equals(other.hash, hash) ? new Known.Busy() : new Known.Mismatch();
                return other;
            }
            Done done = outcomes.getIfPresent(key);
            if (done != null) {
                result[0] = Arrays.equals(done.hash, hash)
                        ? new Known.Answered(done.outcome, answers.getIfPresent(key))
                        : new Known.Mismatch();
                return null;
            }
            result[0] = new Known.Fresh(mine);
            return mine;
        });
        return result[0];
    }

    /// How many calls with a key are under way.
    int underWay() {
        return running.size();
    }

    /// A call with a key that is under way, until it has told how it ended.
    final class Running {
        private final Key key;
        private final byte[] hash;
        private byte @Nullable [] answer;

        private Running(Key key, byte[] hash) {
            this.key = key;
            this.hash = hash;
        }

        /// The whole answer that is about to be sent, to be kept with the outcome where it is short enough.
        void answers(byte[] body) {
            if (body.length <= MAX_ANSWER_BYTES) {
                answer = body;
            }
        }

        /// The call has ended; only the first word counts.
        ///
        /// @param outcome null where it spent nothing, so that its key may be used again
        void end(@Nullable Outcome outcome) {
            var _ = running.computeIfPresent(key, (_, known) -> {
                if (known != this) {
                    return known;
                }
                if (outcome != null) {
                    outcomes.put(key, new Done(hash, outcome));
                    if (answer != null) {
                        answers.put(key, answer);
                    }
                }
                return null;
            });
        }
    }
}
