package ai.openlegion.cli;

import java.io.Serial;

/// The expected end of a command that could not do its work: one line that says why and what to do, and an exit code.
final class CommandFailure extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String message;
    private final int exitCode;

    private CommandFailure(String message, int exitCode) {
        super(message, null, false, false);
        this.message = message;
        this.exitCode = exitCode;
    }

    /// The operation failed.
    static CommandFailure failed(String message) {
        return new CommandFailure(message, 1);
    }

    /// The configuration or the arguments are wrong.
    static CommandFailure misused(String message) {
        return new CommandFailure(message, 2);
    }

    String message() {
        return message;
    }

    int exitCode() {
        return exitCode;
    }
}
