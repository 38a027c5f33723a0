package ai.openlegion.fleet;

import ai.openlegion.bus.Bus;

/// The one place where the current [Fleet] stands. Readers take [#current] once per call.
public final class FleetRegistry {

    private final Bus bus;

    // both guarded by this object's monitor; what they make together is current
    private Fleet configured;
    private Overlay overlay = Overlay.NONE;

    private volatile Fleet current;

    public FleetRegistry(Bus bus, Fleet first) {
        this.bus = bus;
        this.configured = first;
        this.current = first;
    }

    /// The snapshot that decides now; a volatile read.
    public Fleet current() {
        return current;
    }

    /// Makes this configuration current, with what runs over it, and tells so on [Fleets#CHANGED]; an older revision is
    /// refused. An equal one may bring new tokens or credentials, which the revision does not count.
    public void swap(Fleet next) {
        Fleet made;
        synchronized (this) {
            if (next.revision() < configured.revision()) {
                throw new IllegalStateException(
                        "fleet revision " + next.revision() + " does not follow " + configured.revision());
            }
            configured = next;
            made = overlay.over(configured);
            current = made;
        }
        bus.publish(Fleets.CHANGED, new Fleets.FleetChanged(made.revision()));
    }

    /// Makes this what runs over the configuration, and tells so on [Fleets#CHANGED]. Only the supervisor calls it: it
    /// owns what runs.
    public void overlay(Overlay next) {
        Fleet made;
        synchronized (this) {
            overlay = next;
            made = overlay.over(configured);
            current = made;
        }
        bus.publish(Fleets.CHANGED, new Fleets.FleetChanged(made.revision()));
    }
}
