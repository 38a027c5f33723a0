package ai.openlegion.host;

/// A start that cannot go on, with what to tell the operator and the process's exit code.
public final class StartException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    StartException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /// The exit code: 1 failed, 2 the configuration is wrong, 3 the machine lacks something.
    public int exitCode() {
        return exitCode;
    }
}
