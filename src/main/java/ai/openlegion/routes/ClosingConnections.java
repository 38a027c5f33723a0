package ai.openlegion.routes;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/// The connections of one event loop that are being closed because what follows on them cannot be trusted.
///
/// Closing takes a moment, in which Vert.x goes on handing over requests that came in the same read as the refused one.
/// A listener asks here first and leaves such a request alone.
public final class ClosingConnections {

    private final Set<HttpConnection> closing = Collections.newSetFromMap(new IdentityHashMap<>());

    /// Whether this request came after one that was refused for good.
    public boolean carries(HttpServerRequest request) {
        return !closing.isEmpty() && closing.contains(request.connection());
    }

    /// Closes the connection of a request whose answer has been written.
    public void close(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        closing.add(connection);
        connection.close().onComplete(closed -> {});
    }

    /// A connection is gone.
    public void gone(HttpConnection connection) {
        closing.remove(connection);
    }
}
