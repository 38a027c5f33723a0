package ai.openlegion.runtime.docker;

import java.io.IOException;

/// The engine's refusal of a call.
final class EngineException extends IOException {

    private static final long serialVersionUID = 1;

    private final int status;

    EngineException(int status, String words) {
        super(words.isEmpty() ? "status " + status : words);
        this.status = status;
    }

    /// Of HTTP: 404 there is no such thing, 409 it is in the way of another.
    int status() {
        return status;
    }
}
