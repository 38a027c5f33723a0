package ai.openlegion.gateway;

import java.util.HashMap;
import java.util.Map;

/// The connections that are open on all instances of the agents' listener: so many together, and so many of one
/// address of an agents' network.
final class Connections {

    /// Of one agent: far more than a client's pool, and too few to take the others theirs.
    static final int ONE_ADDRESS_MAX = 256;

    private final int most;

    // both guarded by this object's monitor
    private int open;
    private final Map<String, Integer> ofAddress = new HashMap<>();

    /// @param most together
    Connections(int most) {
        this.most = most;
    }

    /// Whether one more may be open; then [#leave] must follow.
    ///
    /// @param address of an agent; empty where many may share one
    synchronized boolean enter(String address) {
        int ofThis = ofAddress.getOrDefault(address, 0);
        if (open >= most || (!address.isEmpty() && ofThis >= ONE_ADDRESS_MAX)) {
            return false;
        }
        open++;
        if (!address.isEmpty()) {
            ofAddress.put(address, ofThis + 1);
        }
        return true;
    }

    /// One that was let in is closed.
    synchronized void leave(String address) {
        open--;
        var _ = ofAddress.computeIfPresent(address, (_, left) -> left > 1 ? left - 1 : null);
    }
}
