package ai.openlegion.agent.http;

/// A request that is answered with an error.
final class HttpFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    /// @param status of HTTP, from 400
    HttpFailure(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
