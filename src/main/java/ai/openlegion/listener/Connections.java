package ai.openlegion.listener;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.HttpServerImpl;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All connections of one listener, on all its event loops and addresses: who may open one more, and who makes way.
///
/// Thread-safe. What a request asks of it is one field of its own connection.
public final class Connections {

    private static final AttributeKey<ClientConnection> OF = AttributeKey.valueOf("openlegion.connection");

    /// Being closed and not closed yet; beyond, newcomers are turned away until the loops have caught up.
    private static final int MOST_CLOSING = 1_024;

    private final ConnectionLimits limits;
    private final Predicate<String> isAgentsNetwork;
    private final Map<EventExecutor, LoopConnections> loops = new ConcurrentHashMap<>();

    // all guarded by this object's monitor
    private int open;
    private int closing;
    private final SequencedSet<ClientConnection> anonymous = new LinkedHashSet<>();
    private final Map<Object, SequencedSet<ClientConnection>> known = new HashMap<>();
    private final Map<String, Integer> ofAddress = new HashMap<>();

    /// @param isAgentsNetwork whether a local address is one at which each remote address is one agent
    public Connections(ConnectionLimits limits, Predicate<String> isAgentsNetwork) {
        this.limits = limits;
        this.isAgentsNetwork = isAgentsNetwork;
    }

    ConnectionLimits limits() {
        return limits;
    }

    /// A server whose connections are among these, from the moment they are accepted.
    public HttpServer server(Vertx vertx, HttpServerOptions options) {
        return new HttpServerImpl(new GatedVertx((VertxInternal) vertx, this), options);
    }

    /// The connection that a request came in on, or that Vert.x shows.
    public static ClientConnection of(HttpConnection connection) {
        Channel channel =
                ((HttpServerConnection) connection).channelHandlerContext().channel();
        return channel.attr(OF).get();
    }

    /// Hands a request on: at once, or as soon as its connection has taken the answers to those before it.
    public static void hand(HttpServerRequest request, Handler<HttpServerRequest> to) {
        of(request.connection()).hand(request, to);
    }

    /// Lets a socket in that was just accepted; null where there is no room, and it is to be closed.
    @Nullable
    ClientConnection accept(Channel channel) {
        String address = address(channel);
        var connection = new ClientConnection(this, channel, address);
        ClientConnection leaver = null;
        synchronized (this) {
            int ofThis = ofAddress.getOrDefault(address, 0);
            if (closing >= MOST_CLOSING || (!address.isEmpty() && ofThis >= limits.mostOfAddress())) {
                return null;
            }
            if (anonymous.size() >= limits.mostAnonymous() || (open >= limits.most() && !anonymous.isEmpty())) {
                leaver = anonymous.getFirst();
            } else if (open >= limits.most()) {
                leaver = easiest();
                if (leaver == null) {
                    return null;
                }
            }
            if (leaver != null) {
                remove(leaver);
                closing++;
            }
            open++;
            anonymous.add(connection);
            if (!address.isEmpty()) {
                ofAddress.merge(address, 1, Integer::sum);
            }
        }
        channel.attr(OF).set(connection);
        channel.closeFuture().addListener(_ -> gone(connection));
        if (leaver != null) {
            leaver.makeWay();
        }
        return connection;
    }

    /// Of the owner with the most connections that has one at rest, the first of these. Where nobody has, one that is
    /// halfway, of those owners only that have more than an even share; null where all are busy.
    private @Nullable ClientConnection easiest() {
        List<SequencedSet<ClientConnection>> largestFirst = known.values().stream()
                .sorted((a, b) -> Integer.compare(b.size(), a.size()))
                .toList();
        int share = limits.most() / (largestFirst.size() + 1);
        ClientConnection resting = first(largestFirst.stream(), ClientConnection.Ease.RESTING);
        return resting != null
                ? resting
                : first(largestFirst.stream().filter(one -> one.size() > share), ClientConnection.Ease.HALFWAY);
    }

    private static @Nullable ClientConnection first(
            Stream<SequencedSet<ClientConnection>> owners, ClientConnection.Ease ease) {
        return owners.flatMap(Collection::stream)
                .filter(one -> one.ease() == ease)
                .findFirst()
                .orElse(null);
    }

    /// The connection is this owner's from here on; false where the owner has too many.
    boolean claim(ClientConnection connection, Object owner) {
        synchronized (this) {
            SequencedSet<ClientConnection> owners = known.computeIfAbsent(owner, _ -> new LinkedHashSet<>());
            // one that has just been made to leave is closed already
            if (owners.size() >= limits.mostOfOne() || !anonymous.remove(connection)) {
                return false;
            }
            connection.isOwnedBy(owner);
            return owners.add(connection);
        }
    }

    /// Nobody's again; where too many are, the next newcomer sends one of them away.
    void disown(ClientConnection connection) {
        synchronized (this) {
            Object owner = connection.owner();
            SequencedSet<ClientConnection> owners = owner == null ? null : known.get(owner);
            if (owners == null || !owners.remove(connection)) {
                return; // it was made to leave
            }
            if (owners.isEmpty()) {
                known.remove(owner);
            }
            connection.isOwnedBy(null);
            anonymous.add(connection);
        }
    }

    /// The tokens that open the door may have changed: the connections of this event loop on which the last one no
    /// longer does are anonymous from here on.
    ///
    /// @param context one of the verticles that serve them; called on it
    /// @param stands whether a token still opens the door
    public void prove(Context context, Predicate<String> stands) {
        LoopConnections mine = loops.get(((ContextInternal) context).nettyEventLoop());
        if (mine != null) {
            mine.prove(stands);
        }
    }

    private void gone(ClientConnection connection) {
        synchronized (this) {
            if (!remove(connection)) {
                closing--;
            }
        }
    }

    private boolean remove(ClientConnection connection) {
        Object owner = connection.owner();
        SequencedSet<ClientConnection> owners = owner == null ? null : known.get(owner);
        boolean counted = anonymous.remove(connection) || (owners != null && owners.remove(connection));
        if (owners != null && owners.isEmpty()) {
            known.remove(owner);
        }
        if (counted) {
            open--;
            var _ = ofAddress.computeIfPresent(connection.address(), (_, left) -> left > 1 ? left - 1 : null);
        }
        return counted;
    }

    /// Those of one event loop; asked on it.
    LoopConnections on(EventExecutor loop) {
        return loops.computeIfAbsent(loop, executor -> new LoopConnections(executor, limits));
    }

    /* Empty where many may share an address. */
    private String address(Channel channel) {
        return isAgentsNetwork.test(host(channel.localAddress())) ? host(channel.remoteAddress()) : "";
    }

    private static String host(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : "";
    }
}
