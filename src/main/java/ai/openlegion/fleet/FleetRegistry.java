package ai.openlegion.fleet;

import ai.openlegion.bus.Bus;
import ai.openlegion.vault.Stored;
import java.util.Map;

/// The one place where the current [Fleet] stands. Readers take [#current] once per call.
public final class FleetRegistry {

    private final Bus bus;

    // all guarded by this object's monitor; what they make together is current
    private Fleet configured;
    private Overlay overlay = Overlay.NONE;
    private Map<String, Stored> stored = Map.of();

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
            configured = next.with(next.vault().withStored(stored));
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

    /// Makes these the stored credentials, from the next call on, whatever the configuration and what runs over it.
    /// Only the owner of what is stored calls it. Nobody is told: no one keeps what is derived from credentials.
    ///
    /// @param now by name, lower-cased
    public synchronized void credentials(Map<String, Stored> now) {
        stored = Map.copyOf(now);
        configured = configured.with(configured.vault().withStored(stored));
        current = overlay.over(configured);
    }
}
