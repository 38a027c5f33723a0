package ai.openlegion.agent.model;

import java.util.Optional;

/// A call that gave no answer; the message is for whoever gets the result.
public final class ModelFailure extends Exception {
    private static final long serialVersionUID = 1;
    private static final int PAYMENT_REQUIRED = 402;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    private final int status;

    /// @param status that the mesh answered with, 0 if it answered none
    ModelFailure(int status, Optional<String> reason, String message) {
        super(reason.map(code -> code + ": " + message).orElse(message));
        this.status = status;
    }

    /// Whether money is what is missing.
    public boolean isBudget() {
        return status == PAYMENT_REQUIRED;
    }

    /// Whether the same call may do better some time later.
    public boolean isPassing() {
        return status == 0 || status == TOO_MANY || status >= SERVER_ERROR;
    }
}
