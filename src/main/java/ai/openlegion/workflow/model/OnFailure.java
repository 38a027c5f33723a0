package ai.openlegion.workflow.model;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// What becomes of a run when a step fails, runs out of time or is rejected.
public enum OnFailure {
    /// The run fails at once.
    ABORT,
    /// Its dependents run, and see that it was skipped.
    SKIP,
    /// It is tried again after 1, 2, 4 … s, at most 60; then the run fails.
    RETRY,
    /// Another agent tries once; then the run fails.
    FALLBACK;

    /// As a file has it.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The policy of this word; empty where there is none.
    public static Optional<OnFailure> parse(String word) {
        return Stream.of(values()).filter(policy -> policy.word().equals(word)).findFirst();
    }
}
