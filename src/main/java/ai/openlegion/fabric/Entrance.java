package ai.openlegion.fabric;

import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Caller;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// What the agents' listener does before a route of the fabric: it finds out who calls, and reads the body within its
/// bounds. Whoever is refused has been answered, and the handler is not called.
public interface Entrance {

    /// A caller whose token holds now.
    ///
    /// @param fleet the snapshot that decides this request, and nothing else does
    /// @param stands whether the token still opens the door, for what outlives a moment
    record Entered(Fleet fleet, Caller caller, String requestId, BooleanSupplier stands) {}

    /// Lets a caller in, unless the mesh is shutting down or `agent_id` in the query names somebody else. The response
    /// carries its `X-Request-Id` from here on.
    void enter(RoutingContext context, Consumer<Entered> handler);

    /// Reads the whole body of a caller who was let in; a longer one than `maxBytes` is 413. The token is looked up
    /// again once the body is there, and the handler gets the snapshot of that moment.
    void read(RoutingContext context, Entered entered, int maxBytes, BiConsumer<Entered, byte[]> handler);
}
