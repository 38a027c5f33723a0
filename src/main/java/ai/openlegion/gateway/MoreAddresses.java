package ai.openlegion.gateway;

import ai.openlegion.config.MeshSettings.Listener;
import ai.openlegion.config.Tls;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The addresses that the agents' listener has besides its own: gateways of networks that agents stand in. Every
/// instance of the listener serves all of them, without TLS and on one port: the listener's own, or where that speaks
/// TLS another one.
public final class MoreAddresses {

    /// Where agents that are processes come in while the listener itself speaks TLS: their tokens never leave this
    /// machine,
    /// and they know no certificate of it.
    public static final String INSIDE = "127.0.0.1";

    private static final Set<String> EVERY = Set.of("0.0.0.0", "::", "[::]");

    private final String own;
    private final int innerPort;
    private final int loops;
    private final Promise<Void> complete = Promise.promise();

    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    // both guarded by this object's monitor
    private final List<Instance> instances = new ArrayList<>();
    private final Map<String, Future<Void>> listening = new HashMap<>();

    /// @param opened what it listens on already, or is about to
    private record Instance(Context context, Function<String, Future<?>> open, Map<String, Future<Void>> opened) {}

    /// @param loops instances of the listener that there will be
    MoreAddresses(Listener own, int loops) {
        this.own = own.host();
        innerPort = innerPort(own.tls());
        this.loops = loops;
    }

    /// An instance of the listener is there.
    ///
    /// @param open makes it listen, asked on its context
    synchronized void join(Context context, Function<String, Future<?>> open) {
        instances.add(new Instance(context, open, new HashMap<>()));
        if (instances.size() == loops) {
            complete.complete();
        }
    }

    /// Done when every instance listens on this address; one that is listened on already is left as it is. Asked before
    /// the listener is there, it listens as soon as that is.
    public synchronized Future<Void> listen(String host) {
        asked.add(host);
        if (innerPort == 0 && (EVERY.contains(own) || own.equals(host))) {
            return Future.succeededFuture();
        }
        Future<Void> known = listening.get(host);
        if (known != null && !known.failed()) {
            return known;
        }
        Future<Void> begun = complete.future().compose(_ -> openAll(host));
        listening.put(host, begun);
        return begun;
    }

    /// Whether agents' networks reach the listener at this address; at [#INSIDE] anybody is anybody.
    boolean has(@Nullable String host) {
        return host != null && asked.contains(host) && !host.equals(INSIDE);
    }

    /// The port of all of these addresses, where it is not the listener's own because that speaks TLS; else 0.
    public int innerPort() {
        return innerPort;
    }

    /* A free one has to be known before the first address is: agents are told it. */
    private static int innerPort(@Nullable Tls tls) {
        if (tls == null || tls.innerPort() > 0) {
            return tls == null ? 0 : tls.innerPort();
        }
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        } catch (IOException none) {
            throw new UncheckedIOException("there is no free port", none);
        }
    }

    private synchronized Future<Void> openAll(String host) {
        return Future.join(instances.stream().map(one -> open(one, host)).toList())
                .mapEmpty();
    }

    /* Those that could open it keep it: asked again after others could not, they would listen twice. */
    private static Future<Void> open(Instance one, String host) {
        Future<Void> known = one.opened().get(host);
        if (known != null && !known.failed()) {
            return known;
        }
        Promise<Void> done = Promise.promise();
        one.opened().put(host, done.future());
        one.context().runOnContext(_ -> one.open().apply(host).<Void>mapEmpty().onComplete(done));
        return done.future();
    }
}
