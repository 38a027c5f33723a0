package ai.openlegion.gateway;

import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;

/// The door of the agents' listener: what it hears of a stop.
public final class Drain {

    /// The mesh stops: no new call is taken, open ones get their time and are then cut.
    public static final Topic<Begun> BEGUN = Topic.node("gateway.drain-begun", Begun.class);

    /// The stop has begun.
    public record Begun() implements Wire {}

    private Drain() {}
}
