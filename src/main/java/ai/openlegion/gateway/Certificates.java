package ai.openlegion.gateway;

import ai.openlegion.config.Tls;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the servers of the agents' listener prove themselves with: swapped while connections live on.
public final class Certificates {

    private static final Logger LOG = System.getLogger("openlegion.gateway");
    private static final Set<String> PROTOCOLS = new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2"));

    // both guarded by this object's monitor
    private @Nullable Serving serving;
    private @Nullable Tls served;

    Certificates(@Nullable Tls first) {
        served = first;
    }

    /// Makes a server speak TLS, and HTTP/2 by ALPN.
    static HttpServerOptions secure(HttpServerOptions options, Tls tls, int handshakeSeconds) {
        ServerSSLOptions ssl = ssl(tls);
        options.setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(ssl.getKeyCertOptions())
                .setTrustOptions(ssl.getTrustOptions())
                .setEnabledSecureTransportProtocols(PROTOCOLS)
                .setSslHandshakeTimeout(handshakeSeconds);
        return options.setClientAuth(ssl.getClientAuth());
    }

    private static ServerSSLOptions ssl(Tls tls) {
        byte[] clientCa = tls.clientCa();
        ServerSSLOptions options = new ServerSSLOptions();
        options.setKeyCertOptions(new PemKeyCertOptions()
                .addCertValue(Buffer.buffer(tls.chain()))
                .addKeyValue(Buffer.buffer(tls.key().reveal())));
        options.setEnabledSecureTransportProtocols(PROTOCOLS);
        if (clientCa != null) {
            options.setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(clientCa)));
        }
        return options.setClientAuth(
                clientCa == null ? ClientAuth.NONE : tls.requiresClient() ? ClientAuth.REQUIRED : ClientAuth.REQUEST);
    }

    /// A server of the listener is there. All of them share one socket and what it proves itself with.
    synchronized void join(Context context, HttpServer server) {
        if (serving == null) {
            serving = new Serving(context, server);
        }
    }

    /// New connections are met with these; those that are open are left alone.
    synchronized Future<?> swap(Tls tls) {
        Tls before = served;
        Serving one = serving;
        if (one == null || (before != null && tls.provesLike(before))) {
            return Future.succeededFuture();
        }
        // of one server only: Vert.x does not bear two such updates at once
        Promise<Boolean> done = Promise.promise();
        one.context()
                .runOnContext(_ -> one.server().updateSSLOptions(ssl(tls), true).onComplete(done));
        return done.future().onSuccess(_ -> serves(tls));
    }

    private synchronized void serves(Tls tls) {
        served = tls;
        LOG.log(Level.INFO, "certificate swapped sha256={0}", tls.fingerprint());
    }

    private record Serving(Context context, HttpServer server) {}
}
