package ai.openlegion.workflow.run;

import java.util.Locale;

/// How a step stands.
public enum StepStatus {
    PENDING,
    RUNNING,
    RETRYING,
    WAITING_APPROVAL,
    COMPLETE,
    FAILED,
    TIMEOUT,
    CANCELLED,
    SKIPPED;

    /// As it is written in JSON.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The status of this word.
    ///
    /// @throws IllegalArgumentException when there is none
    static StepStatus parse(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /// Whether it will not change any more.
    public boolean isFinal() {
        return this == COMPLETE || this == FAILED || this == TIMEOUT || this == CANCELLED || this == SKIPPED;
    }
}
