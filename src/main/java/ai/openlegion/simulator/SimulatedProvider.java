package ai.openlegion.simulator;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A running simulated LLM provider on a real port.
///
/// It answers `POST /v1/chat/completions` and `GET /v1/models` as a provider would, each chat by its [Script]; `GET
/// /_sim/counts` shows what it generated for each key, `GET /_sim/last` the last chat request as it arrived, and `POST
/// /_sim/reset` starts the counts over.
public final class SimulatedProvider {

    private static final int MODELS_CACHED_MAX = 64;

    private final Vertx vertx;
    private final Options options;
    private final Map<String, Tally> tallies = new ConcurrentHashMap<>();
    private final Map<String, Frames> frames = new ConcurrentHashMap<>();
    private final AtomicLong serial = new AtomicLong();
    private volatile String deployment = "";
    private volatile int port;
    private volatile @Nullable Seen last;

    private SimulatedProvider(Vertx vertx, Options options) {
        this.vertx = vertx;
        this.options = options;
    }

    /// Starts one; port 0 takes a free port. Fails with the bind error.
    public static Future<SimulatedProvider> start(Vertx vertx, int port, Options options) {
        SimulatedProvider provider = new SimulatedProvider(vertx, options);
        int shared = port == 0 && options.eventLoops() > 1 ? freePort() : port;
        return vertx.deployVerticle(
                        () -> provider.new Loop(shared), new DeploymentOptions().setInstances(options.eventLoops()))
                .onSuccess(id -> provider.deployment = id)
                .map(provider);
    }

    /// The port it listens on.
    public int port() {
        return port;
    }

    /// What to configure as a provider's `base_url`.
    public URI baseUrl() {
        return URI.create("http://" + options.host() + ":" + port() + "/v1");
    }

    /// Everything counted since the start or the last reset, over all keys.
    public Counts total() {
        Counts total = new Counts(0, 0, 0, 0, 0);
        for (Tally tally : tallies.values()) {
            total = total.plus(tally.counts());
        }
        return total;
    }

    /// What was counted for one API key.
    public Counts counts(String key) {
        return tally(key).counts();
    }

    /// The headers (names in lower case) and body of the last chat request, `{"headers": {…}, "body": "…"}`; empty
    /// before one.
    public JsonObject last() {
        Seen seen = last;
        return seen == null ? new JsonObject() : seen.toJson();
    }

    /// Sets every count but the open streams to zero.
    public void reset() {
        tallies.values().forEach(Tally::reset);
    }

    /// Closes the port and every connection.
    public Future<Void> close() {
        return vertx.undeploy(deployment);
    }

    /// A port that several listeners can share has to be known before the first one binds.
    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
    }

    private void serve(HttpServerRequest request) {
        String path = String.valueOf(request.path());
        boolean post = HttpMethod.POST.equals(request.method());
        boolean get = HttpMethod.GET.equals(request.method());
        if (post && path.endsWith("/chat/completions")) {
            request.bodyHandler(body -> chat(request, body));
        } else if (get && path.endsWith("/models")) {
            json(request, models());
        } else if (path.equals("/_sim/counts")) {
            json(request, everything());
        } else if (path.equals("/_sim/last")) {
            json(request, last());
        } else if (post && path.equals("/_sim/reset")) {
            reset();
            json(request, everything());
        } else {
            Refusals.error(request.response(), 404, "Invalid URL", "invalid_request_error", "unknown_url");
        }
    }

    private void chat(HttpServerRequest request, Buffer body) {
        String key = key(request);
        Tally tally = tally(key);
        tally.requested();
        last = new Seen(request, body);
        request.response().putHeader("x-request-id", "req_sim_" + serial.incrementAndGet());
        if (options.requiredKey() != null && !options.requiredKey().equals(key)) {
            Refusals.wrongKey(request.response(), key);
            return;
        }
        ChatRequest chat;
        try {
            chat = ChatRequest.read(key, body, options.samples());
        } catch (IllegalArgumentException refused) {
            String reason = String.valueOf(refused.getMessage());
            Refusals.error(request.response(), 400, reason, "invalid_request_error", null);
            return;
        }
        if (chat.script().has("vendor_headers")) {
            vendorHeaders(request);
        }
        if (!Refusals.play(chat.script(), request, chat, tally)) {
            answer(request, chat, tally);
        }
    }

    private void answer(HttpServerRequest request, ChatRequest chat, Tally tally) {
        Answer answer = Answer.to(chat);
        Frames known = frames.get(chat.model());
        if (known == null) {
            known = new Frames(chat.model());
            if (frames.size() < MODELS_CACHED_MAX) {
                frames.put(chat.model(), known);
            }
        }
        Sink sink = chat.stream()
                ? new EventSink(chat, answer, known, request.response())
                : new WholeSink(chat, answer, known, request.response());
        new Generation(vertx, chat, answer, sink, request.response(), tally).start();
    }

    private JsonObject everything() {
        JsonObject counts = new JsonObject();
        new TreeMap<>(tallies)
                .forEach((key, tally) -> counts.put(key, tally.counts().toJson()));
        return counts.put("total", total().toJson());
    }

    private Tally tally(String key) {
        return tallies.computeIfAbsent(key, _ -> new Tally());
    }

    private static JsonObject models() {
        JsonObject model =
                new JsonObject().put("id", "small").put("object", "model").put("owned_by", "simulator");
        return new JsonObject().put("object", "list").put("data", new JsonArray().add(model));
    }

    private static void vendorHeaders(HttpServerRequest request) {
        request.response()
                .putHeader("x-ratelimit-remaining-requests", "41")
                .putHeader("openai-organization", "org-of-the-operator")
                .putHeader("set-cookie", "session=of-the-operator")
                .putHeader("server", "simulator");
    }

    private static void json(HttpServerRequest request, JsonObject body) {
        request.response().putHeader("content-type", "application/json").end(body.toBuffer());
    }

    private static String key(HttpServerRequest request) {
        String authorization = request.getHeader("authorization");
        if (authorization != null && authorization.startsWith("Bearer ")) {
            return authorization.substring(7);
        }
        String other = request.getHeader("x-api-key");
        return other == null ? "" : other;
    }

    /// One event loop's share of the port.
    private final class Loop extends VerticleBase {

        private final int shared;

        Loop(int shared) {
            this.shared = shared;
        }

        @Override
        public Future<?> start() {
            HttpServerOptions http = new HttpServerOptions()
                    .setMaxHeaderSize(64 * 1024)
                    .setTcpNoDelay(true)
                    .setRegisterWebSocketWriteHandlers(false);
            return vertx.createHttpServer(http)
                    .requestHandler(SimulatedProvider.this::serve)
                    .listen(shared, options.host())
                    .onSuccess(server -> port = server.actualPort());
        }
    }

    private record Seen(HttpServerRequest request, Buffer body) {
        JsonObject toJson() {
            JsonObject headers = new JsonObject();
            request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
            return new JsonObject()
                    .put("path", request.uri())
                    .put("headers", headers)
                    .put("body", body.toString());
        }
    }

    /// How a simulated provider is started.
    ///
    /// @param host the address to bind
    /// @param requiredKey the only API key it takes; null takes any, and none
    /// @param eventLoops how many event loops share its port, at least 1
    /// @param samples whether tasks of the sample workflows get fitting JSON, slowly enough to be watched
    public record Options(String host, @Nullable String requiredKey, int eventLoops, boolean samples) {

        /// Without the answers of the sample workflows.
        public Options(String host, @Nullable String requiredKey, int eventLoops) {
            this(host, requiredKey, eventLoops, false);
        }

        /// On loopback, one event loop, any key.
        public static Options open() {
            return new Options("127.0.0.1", null, 1);
        }

        /// On loopback, one event loop, one key.
        public static Options keyed(String key) {
            return new Options("127.0.0.1", key, 1);
        }

        /// The same with the answers of the sample workflows.
        public static Options sampling(String key) {
            return new Options("127.0.0.1", key, 1, true);
        }
    }
}
