package ai.openlegion.agent.loop;

/// A run that one of its limits ended; the message says which.
public final class RunEnded extends Exception {
    private static final long serialVersionUID = 1;

    RunEnded(String message) {
        super(message);
    }
}
