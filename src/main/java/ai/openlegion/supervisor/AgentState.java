package ai.openlegion.supervisor;

import java.util.Locale;

/// Where an agent stands between its start and its end.
public enum AgentState {
    ABSENT,
    CREATING,
    STARTING,
    /// It answers and has registered.
    READY,
    /// Ready, with a task.
    BUSY,
    STOPPING,
    UNHEALTHY,
    RESTARTING,
    /// It is left alone until the operator acts.
    FAILED;

    /// The word for it everywhere: `ready`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
