package ai.openlegion.task;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Presence;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The short questions to an agent that has an address: end a task, and what became of it. Each is one attempt, bounded
/// in time and in what is read of the answer, and follows no redirect.
final class AgentLine {

    /// As large as a `task_result` may be that comes in by itself, and its envelope.
    private static final int ANSWER_BYTES = 257 * 1024;

    private static final int KEEP_ALIVE_SECONDS = 4;
    private static final int CONNECTIONS = 1_000;

    private final Vertx vertx;
    private final Supplier<Fleet> fleet;
    private final Function<AgentId, String> inboundToken;
    private final long timeoutMillis;
    private final HttpClient client;

    /// What an agent said.
    ///
    /// @param status 0 = it has no address, or did not answer
    record Said(int status, String body) {

        static final Said NOTHING = new Said(0, "");
    }

    private record Address(URI base, String token) {}

    /// @param inboundToken the token by which an external agent knows the mesh; asked off the event loop
    AgentLine(Vertx vertx, Supplier<Fleet> fleet, Function<AgentId, String> inboundToken, long timeoutMillis) {
        this.vertx = vertx;
        this.fleet = fleet;
        this.inboundToken = inboundToken;
        this.timeoutMillis = timeoutMillis;
        client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout(Math.toIntExact(timeoutMillis))
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setDecompressionSupported(false))
                .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS))
                .build();
    }

    /// Whether there is anywhere to call.
    boolean reaches(AgentId agent) {
        Presence presence = fleet.get().presences().get(agent);
        Agent entry = fleet.get().agents().get(agent);
        return presence != null ? presence.address() != null && serves(agent) : entry != null && entry.push() != null;
    }

    /// Whether the agent's program listens at all, be its address known by now or not.
    boolean serves(AgentId agent) {
        Agent entry = fleet.get().agents().get(agent);
        return entry != null && entry.program().hasServer();
    }

    /// Tells the agent to end a task; never fails.
    Future<Said> cancel(AgentId agent, String taskId) {
        return say(agent, HttpMethod.POST, "/cancel", "{\"task_id\":" + Members.quoted(taskId) + '}');
    }

    /// Asks the agent for a task's result; never fails.
    Future<Said> result(AgentId agent, String taskId) {
        return say(agent, HttpMethod.GET, "/result?task_id=" + URLEncoder.encode(taskId, StandardCharsets.UTF_8), null);
    }

    Future<Void> close() {
        return client.close();
    }

    private Future<Said> say(AgentId agent, HttpMethod method, String path, @Nullable String body) {
        return address(agent)
                .compose(address -> address == null
                        ? Future.succeededFuture(Said.NOTHING)
                        : client.request(options(address.base(), method, path))
                                .compose(request -> send(request, address, body)))
                .otherwise(Said.NOTHING);
    }

    private Future<@Nullable Address> address(AgentId agent) {
        Presence presence = fleet.get().presences().get(agent);
        if (presence != null) {
            URI address = presence.address();
            return Future.succeededFuture(
                    address == null || !serves(agent)
                            ? null
                            : new Address(address, presence.inbound().reveal()));
        }
        Agent entry = fleet.get().agents().get(agent);
        URI push = entry == null ? null : entry.push();
        return push == null
                ? Future.succeededFuture(null)
                : vertx.executeBlocking(() -> new Address(push, inboundToken.apply(agent)), false);
    }

    private Future<Said> send(HttpClientRequest request, Address address, @Nullable String body) {
        Promise<Said> said = Promise.promise();
        long deadline = vertx.setTimer(timeoutMillis, _ -> {
            said.tryComplete(Said.NOTHING);
            var _ = request.reset();
        });
        request.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + address.token());
        if (body != null) {
            request.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        }
        request.send(body == null ? Buffer.buffer() : Buffer.buffer(body))
                .onSuccess(response -> read(response, said))
                .onFailure(_ -> said.tryComplete(Said.NOTHING));
        return said.future().onComplete(_ -> vertx.cancelTimer(deadline));
    }

    private static void read(HttpClientResponse response, Promise<Said> said) {
        Buffer body = Buffer.buffer();
        response.exceptionHandler(_ -> said.tryComplete(Said.NOTHING))
                .handler(piece -> {
                    var _ = body.appendBuffer(piece);
                    if (body.length() > ANSWER_BYTES) {
                        said.tryComplete(Said.NOTHING);
                        var _ = response.request().reset();
                    }
                })
                .endHandler(
                        _ -> said.tryComplete(new Said(response.statusCode(), body.toString(StandardCharsets.UTF_8))));
    }

    private RequestOptions options(URI base, HttpMethod method, String path) {
        boolean secure = "https".equals(base.getScheme());
        String prefix = base.getRawPath() == null ? "" : base.getRawPath();
        if (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        return new RequestOptions()
                .setMethod(method)
                .setHost(base.getHost())
                .setPort(base.getPort() > 0 ? base.getPort() : secure ? 443 : 80)
                .setSsl(secure)
                .setFollowRedirects(false)
                .setConnectTimeout(timeoutMillis)
                .setURI(prefix + path);
    }
}
