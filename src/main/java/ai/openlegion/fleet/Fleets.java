package ai.openlegion.fleet;

import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;

/// The door of the fleet: what it says on the bus.
public final class Fleets {

    /// A new snapshot is current; those who keep something derived from it take it from their [FleetRegistry].
    public static final Topic<FleetChanged> CHANGED = Topic.node("fleet.changed", FleetChanged.class);

    /// The revision that is current now.
    public record FleetChanged(long revision) implements Wire {}

    private Fleets() {}
}
