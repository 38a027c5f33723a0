package ai.openlegion.workflow.run;

import java.util.Locale;

/// How a run stands.
public enum RunStatus {
    RUNNING,
    WAITING_APPROVAL,
    COMPLETE,
    FAILED,
    CANCELLED;

    /// As it is written in JSON.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The status of this word.
    ///
    /// @throws IllegalArgumentException when there is none
    static RunStatus parse(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
