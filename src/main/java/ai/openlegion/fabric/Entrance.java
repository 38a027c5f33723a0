package ai.openlegion.fabric;

import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Caller;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// What the agents' listener does before a route of the fabric: it finds out who calls, and reads the body within its
/// bounds. Whoever is refused has been answered, and the handler is not called.
public interface Entrance {

    /// A caller whose token holds now.
    ///
    /// @param fleet the snapshot that decides this request, and nothing else does
    record Entered(Fleet fleet, Caller caller, String requestId) {}

    /// Lets a caller in whose request has no body that matters.
    void enter(RoutingContext context, Consumer<Entered> handler);

    /// Lets a caller in and reads the whole body; a longer one than `maxBytes` is 413. The token is looked up again
    /// once the body is there.
    void read(RoutingContext context, int maxBytes, BiConsumer<Entered, byte[]> handler);
}
