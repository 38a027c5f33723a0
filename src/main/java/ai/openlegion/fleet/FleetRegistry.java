package ai.openlegion.fleet;

import ai.openlegion.bus.Bus;

/// The one place where the current [Fleet] stands. Readers take [#current] once per call.
public final class FleetRegistry {

    private final Bus bus;
    private volatile Fleet current;

    public FleetRegistry(Bus bus, Fleet first) {
        this.bus = bus;
        this.current = first;
    }

    /// The snapshot that decides now; a volatile read.
    public Fleet current() {
        return current;
    }

    /// Makes this snapshot current and tells so on [Fleets#CHANGED]; an older revision is refused. An equal one may
    /// bring new tokens or credentials, which the revision does not count.
    public void swap(Fleet next) {
        synchronized (this) {
            if (next.revision() < current.revision()) {
                throw new IllegalStateException(
                        "fleet revision " + next.revision() + " does not follow " + current.revision());
            }
            current = next;
        }
        bus.publish(Fleets.CHANGED, new Fleets.FleetChanged(next.revision()));
    }
}
