package ai.openlegion.proxy;

import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.vault.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One event loop's connections to the providers.
///
/// Goes only to the base URLs of the catalogue and follows no redirect. An exchange stays on the loop it came in on.
public final class Upstream {

    /// What is appended to a base URL for embeddings.
    public static final String EMBEDDINGS = "/embeddings";

    /* A provider closes idle connections after a minute or more; ours go first, because a call on a connection that is
    just being closed fails without an answer and its money stays in doubt. */
    private static final int KEEP_ALIVE_SECONDS = 30;

    private static final CharSequence CONTENT_TYPE = HttpHeaders.createOptimized("content-type");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final Map<Auth, CharSequence> HEADERS = Arrays.stream(Auth.values())
            .collect(Collectors.toUnmodifiableMap(auth -> auth, auth -> HttpHeaders.createOptimized(auth.header())));

    private final HttpClient client;
    /// For a connection, the wait for a free one included.
    private final long waitMillis;
    private final Map<String, Map<Provider, RequestOptions>> targets = new HashMap<>();

    /// @param loops how many event loops share the limits
    public Upstream(Vertx vertx, GatewayLimits limits, int loops) {
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
                .withConnectHandler(BurstJoiner::join)
                .build();
    }

    /// A request for an answer with the credential injected, ready to send its body.
    ///
    /// @param path what is appended to the provider's base URL; one of a few
    /// @param key the provider's credential; null where it needs none
    public Future<HttpClientRequest> ask(Provider provider, String path, @Nullable Secret key) {
        RequestOptions target = targets.computeIfAbsent(path, _ -> new HashMap<>())
                .computeIfAbsent(provider, _ -> options(provider, path));
        return client.request(target).map(request -> {
            request.putHeader(CONTENT_TYPE, JSON);
            if (key != null) {
                request.putHeader(HEADERS.get(provider.auth()), provider.auth().value(key.reveal()));
            }
            return request;
        });
    }

    private RequestOptions options(Provider provider, String dialectPath) {
        URI base = provider.baseUrl();
        boolean secure = "https".equals(base.getScheme());
        String path = base.getRawPath() == null ? "" : base.getRawPath();
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(base.getHost())
                .setPort(base.getPort() > 0 ? base.getPort() : secure ? 443 : 80)
                .setSsl(secure)
                .setFollowRedirects(false)
                .setConnectTimeout(waitMillis)
                .setURI(path + dialectPath);
    }

    /// Closes all connections.
    public Future<Void> close() {
        return client.close();
    }
}
