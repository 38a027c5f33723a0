package ai.openlegion.gateway;

import ai.openlegion.dialect.Fault;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/// How one attempt at a model failed, as far as the next one is concerned.
///
/// @param word short and without a provider's text: `unreachable`, `timeout`, `broken`, `http_429`
/// @param counts whether it says something about the model, and not about ourselves
/// @param lasts whether it is of a kind that does not pass by itself, such as a credential that is refused
/// @param retryAfterSeconds what the provider asked to wait; -1 = nothing
record Failure(String word, boolean counts, boolean lasts, long retryAfterSeconds) {

    /// No connection could be made.
    static final Failure UNREACHABLE = new Failure("unreachable", true, false, -1);
    /// All our connections to the provider are taken.
    static final Failure BUSY = new Failure("busy", false, false, -1);
    /// Time went by before it was asked: our store or our connections were slow.
    static final Failure WAITED = new Failure("timeout", false, false, -1);
    /// It was silent for too long.
    static final Failure TIMEOUT = new Failure("timeout", true, false, -1);
    /// What came was no answer, or not all of one.
    static final Failure BROKEN = new Failure("broken", true, false, -1);

    /// What an error status says about a model; null where the request is to blame, which another model would refuse
    /// as well.
    ///
    /// @param retryAfter the provider's header, seconds or a date; null = none
    static @Nullable Failure of(int status, @Nullable String retryAfter, Instant now) {
        String word = "http_" + status;
        return switch (status) {
            case 401, 402, 403 -> new Failure(word, true, true, seconds(retryAfter, now));
            case 408, 429 -> new Failure(word, true, false, seconds(retryAfter, now));
            default -> // open: any status
                status >= 500 ? new Failure(word, true, false, seconds(retryAfter, now)) : null;
        };
    }

    /// What an error inside an answer says about a model; null where the request is to blame.
    static @Nullable Failure of(@Nullable Fault fault) {
        return fault == null
                ? BROKEN
                : switch (fault.kind()) {
                    case UNAUTHENTICATED, DENIED, BILLING -> new Failure("refused", true, true, -1);
                    case RATE_LIMITED -> new Failure("http_429", true, false, -1);
                    case OVERLOADED -> new Failure("http_529", true, false, -1);
                    case TIMEOUT -> TIMEOUT;
                    case SERVER -> BROKEN;
                    case INVALID, NOT_FOUND, TOO_LARGE, CONTEXT_LENGTH -> null;
                };
    }

    /// Whole seconds of a `Retry-After`, rounded up and at most what a model ever cools down; -1 where it says nothing.
    static long seconds(@Nullable String retryAfter, Instant now) {
        if (retryAfter == null) {
            return -1;
        }
        String text = retryAfter.strip();
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return text.length() > 9
                    ? ModelHealth.LONGEST_SECONDS
                    : Math.min(Long.parseLong(text), ModelHealth.LONGEST_SECONDS);
        }
        try {
            long millis = DateTimeFormatter.RFC_1123_DATE_TIME
                            .parse(text, Instant::from)
                            .toEpochMilli()
                    - now.toEpochMilli();
            return Math.clamp(Math.ceilDiv(millis, 1_000L), 0, ModelHealth.LONGEST_SECONDS);
        } catch (DateTimeException neither) {
            return -1;
        }
    }
}
