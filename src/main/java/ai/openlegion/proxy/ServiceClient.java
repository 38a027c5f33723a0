package ai.openlegion.proxy;

import ai.openlegion.catalogue.Service;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.vault.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// One event loop's connections to the services besides the models, apart from those to the providers, so that neither
/// takes the other's.
///
/// Goes only to the services' base URLs and follows no redirect.
public final class ServiceClient {

    /// See [Upstream]: ours go before the service closes them.
    private static final int KEEP_ALIVE_SECONDS = 30;

    private final HttpClient client;
    /// For a connection, the wait for a free one included.
    private final long waitMillis;

    /// @param loops how many event loops share the limits
    public ServiceClient(Vertx vertx, GatewayLimits limits, int loops) {
        waitMillis = limits.firstTokenTimeoutSeconds() * 1000L;
        client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout(limits.connectTimeoutSeconds() * 1000)
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setMaxHeaderSize(64 * 1024)
                        .setDecompressionSupported(false))
                .with(new PoolOptions()
                        .setHttp1MaxSize(Math.max(1, limits.upstreamConnections() / loops))
                        .setMaxWaitQueueSize(Math.max(1, limits.waitingRequests() / loops)))
                .build();
    }

    /// A connection for a request with its credential injected, ready for further headers and a body.
    ///
    /// @param method one of [Service#METHODS]
    /// @param target below the base URL: empty, or from a slash, with or without a query
    /// @param key the service's credential; null where it needs none
    public Future<HttpClientRequest> request(Service service, String method, String target, @Nullable Secret key) {
        URI base = service.baseUrl();
        boolean secure = "https".equals(base.getScheme());
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(method))
                .setHost(base.getHost())
                .setPort(base.getPort() > 0 ? base.getPort() : secure ? 443 : 80)
                .setSsl(secure)
                .setFollowRedirects(false)
                .setConnectTimeout(waitMillis)
                .setURI(uri(base, target));
        return client.request(options).map(request -> {
            if (key != null) {
                request.putHeader(
                        service.credentialHeader(), service.header() == null ? "Bearer " + key.reveal() : key.reveal());
            }
            return request;
        });
    }

    private static String uri(URI base, String target) {
        String path = (base.getRawPath() == null ? "" : base.getRawPath()) + target;
        return path.startsWith("/") ? path : "/" + path;
    }

    /// Closes all connections.
    public Future<Void> close() {
        return client.close();
    }
}
