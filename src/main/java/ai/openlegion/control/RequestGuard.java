package ai.openlegion.control;

import ai.openlegion.routes.ClosingConnections;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// What every request meets first: the headers of its response, and the refusal of a foreign `Host` or `Origin`, and
/// of a framing in doubt.
///
/// A page of another site that resolves its own name to this address (DNS rebinding) still sends its own name as
/// `Host`, and one that posts across sites sends its own `Origin`.
final class RequestGuard {

    private static final long LINGER_MILLIS = 2_000;

    private final Set<String> hosts;
    private final Consumer<HttpServerResponse> requestId;
    private final Runnable foreign;
    private volatile String portSuffix = "";

    private final ClosingConnections closing = new ClosingConnections();
    private final Set<HttpConnection> lingering = Collections.newSetFromMap(new IdentityHashMap<>());

    /// @param configuredHost the address listened on, allowed beside the names of this machine's loopback
    /// @param requestId gives a response its `X-Request-Id`
    /// @param foreign hears of each request that came from, or to, another place than this listener's own
    RequestGuard(String configuredHost, Consumer<HttpServerResponse> requestId, Runnable foreign) {
        String own = configuredHost.toLowerCase(Locale.ROOT);
        hosts = Set.copyOf(List.of(
                "localhost", "127.0.0.1", "[::1]", own.contains(":") && !own.startsWith("[") ? "[" + own + "]" : own));
        this.requestId = requestId;
        this.foreign = foreign;
    }

    /// The port requests come in on; names with another one are foreign.
    void listensOn(int port) {
        portSuffix = ":" + port;
    }

    /// Decorates the response; false when the request was refused and answered.
    boolean admits(HttpServerRequest request) {
        if (closing.carries(request)) {
            return false;
        }
        decorate(request.response());
        if (!isOwn(hostsOf(request), true, "") || !request.uri().startsWith("/")) {
            foreign.run();
            Answers.write(request.response(), Answer.refused(403, foreignHost()));
            return false;
        }
        List<String> origins = request.headers().getAll(HttpHeaders.ORIGIN);
        if (!origins.isEmpty() && !isOwn(origins, false, "http://") && !isOwn(origins, false, "https://")) {
            foreign.run();
            Answers.write(request.response(), Answer.refused(403, "this Origin may not use the control listener"));
            return false;
        }
        if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
            // Vert.x drops Content-Length where both are sent, so a smuggled request looks like a chunked one
            refuseAndClose(request, Answer.refused(411, "send Content-Length, not Transfer-Encoding"));
            return false;
        }
        return true;
    }

    private String foreignHost() {
        return hosts.stream()
                .sorted()
                .map(host -> host + portSuffix)
                .collect(Collectors.joining(", ", "this Host is not the control listener's: it answers to ", ""));
    }

    /// Answers where what follows on the connection cannot be trusted to be a request, and closes it.
    void refuseAndClose(HttpServerRequest request, Answer answer) {
        if (request.version() != HttpVersion.HTTP_2) {
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
        Answers.write(request.response(), answer);
        closing.close(request);
    }

    /// Answers a request of which more may come, and closes once that has come or a moment has passed: a sender whose
    /// bytes meet a closed connection may never get to read the answer. In HTTP/2 only the request's stream ends.
    void refuseAndLinger(Vertx vertx, HttpServerRequest request, Answer answer) {
        if (request.version() == HttpVersion.HTTP_2) {
            Answers.write(request.response(), answer);
            request.response().reset().onComplete(reset -> {});
            return;
        }
        request.response().putHeader(HttpHeaders.CONNECTION, "close");
        Answers.write(request.response(), answer);
        lingering.add(request.connection());
        long timer = vertx.setTimer(LINGER_MILLIS, late -> close(request));
        request.handler(rest -> {});
        request.endHandler(end -> {
            boolean _ = vertx.cancelTimer(timer);
            close(request);
        });
    }

    private void close(HttpServerRequest request) {
        if (lingering.remove(request.connection())) {
            closing.close(request);
        }
    }

    /// A connection is gone.
    void closed(HttpConnection connection) {
        lingering.remove(connection);
        closing.gone(connection);
    }

    /// The headers that every response of this listener carries.
    void decorate(HttpServerResponse response) {
        requestId.accept(response);
        response.putHeader("x-content-type-options", "nosniff")
                .putHeader("cache-control", "no-store")
                .putHeader(
                        "content-security-policy",
                        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
                .putHeader("referrer-policy", "no-referrer")
                .putHeader("x-frame-options", "DENY")
                .putHeader("cross-origin-opener-policy", "same-origin")
                .putHeader("cross-origin-resource-policy", "same-origin")
                .putHeader("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    }

    /// The names a request was sent to: its `Host`, and in HTTP/2 the `:authority` that stands for it.
    private static List<String> hostsOf(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (request.version() != HttpVersion.HTTP_2) {
            return hosts;
        }
        HostAndPort authority = request.authority();
        if (authority == null) {
            return List.of();
        }
        String name = authority.port() < 0 ? authority.host() : authority.host() + ":" + authority.port();
        return hosts.isEmpty() || hosts.equals(List.of(name)) ? List.of(name) : List.of();
    }

    private boolean isOwn(List<String> values, boolean portMayLack, String scheme) {
        if (values.size() != 1) {
            return false;
        }
        String value = values.get(0).toLowerCase(Locale.ROOT);
        if (!value.startsWith(scheme)) {
            return false;
        }
        String authority = value.substring(scheme.length());
        if (authority.endsWith(portSuffix)) {
            return hosts.contains(authority.substring(0, authority.length() - portSuffix.length()));
        }
        return portMayLack && hosts.contains(authority);
    }
}
