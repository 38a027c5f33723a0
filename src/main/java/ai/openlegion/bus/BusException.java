package ai.openlegion.bus;

/// A fault of the bus itself: nobody answered, too late, or the handler failed. It never carries the handler's own
/// text.
public final class BusException extends RuntimeException {

    /// Why a request had no answer.
    public enum Reason {
        NO_HANDLER,
        TIMEOUT,
        HANDLER_FAILED
    }

    private final Reason reason;

    BusException(Reason reason, String address) {
        super(reason + " at " + address);
        this.reason = reason;
    }

    /// Why there was no answer.
    public Reason reason() {
        return reason;
    }
}
