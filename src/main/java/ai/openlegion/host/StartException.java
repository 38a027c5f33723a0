package ai.openlegion.host;

/// A start that cannot go on, with what to tell the operator and the process's exit code.
final class StartException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    StartException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
