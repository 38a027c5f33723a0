package ai.openlegion.agent.json;

/// A text that is not JSON, or is outside the limits; the message says what is wrong and where.
public final class JsonException extends Exception {
    private static final long serialVersionUID = 1;

    JsonException(String message) {
        super(message);
    }
}
