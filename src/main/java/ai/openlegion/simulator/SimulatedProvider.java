package ai.openlegion.simulator;

import static java.util.Objects.requireNonNull;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A running simulated LLM provider on a real port.
///
/// It answers `POST /v1/chat/completions`, `/v1/messages` (and its `count_tokens`), `/v1/responses`, `/v1/embeddings`
/// and
/// `GET /v1/models` as a provider would, each request by its [Script], and `/svc/…` as a service that tells what it was
/// asked. `GET /_sim/counts` shows what it generated for each key, `GET /_sim/last` the last request as it arrived, and
/// `POST /_sim/reset` starts the counts over.
public final class SimulatedProvider {

    private final Vertx vertx;
    private final Options options;
    private final Map<String, Map<Api, Tally>> tallies = new ConcurrentHashMap<>();
    private final PromptCache cache = new PromptCache();
    private final ChatWording chat = new ChatWording();
    private final MessagesWording messages = new MessagesWording(cache);
    private final ResponsesWording responses = new ResponsesWording();
    private final Seen seen = new Seen();
    private final AtomicLong serial = new AtomicLong();
    private volatile String deployment = "";
    private volatile int port;

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
        for (String key : tallies.keySet()) {
            total = total.plus(counts(key));
        }
        return total;
    }

    /// What was counted for one API key.
    public Counts counts(String key) {
        Counts counts = new Counts(0, 0, 0, 0, 0);
        for (Api api : Api.values()) {
            counts = counts.plus(counts(key, api));
        }
        return counts;
    }

    /// What was counted for one API key in one dialect.
    public Counts counts(String key, Api api) {
        return tally(key, api).counts();
    }

    /// The last request, `{"method": "…", "path": "…", "headers": {…}, "body": "…"}` (names in lower case, the path
    /// with
    /// its query); empty before one.
    public JsonObject last() {
        return seen.last();
    }

    /// The last requests in the form of the last one, the oldest first.
    public List<JsonObject> seen() {
        return seen.all();
    }

    /// Sets every count but the open streams to zero, and forgets requests and prompts.
    public void reset() {
        tallies.values().forEach(apis -> apis.values().forEach(Tally::reset));
        seen.clear();
        cache.clear();
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
            request.bodyHandler(body -> generate(chat, request, body));
        } else if (path.startsWith(Services.ROOT)) {
            request.bodyHandler(body -> service(request, body));
        } else if (post && path.endsWith("/messages")) {
            request.bodyHandler(body -> generate(messages, request, body));
        } else if (post && path.endsWith("/messages/count_tokens")) {
            request.bodyHandler(body -> count(request, body));
        } else if (post && path.endsWith("/responses")) {
            request.bodyHandler(body -> generate(responses, request, body));
        } else if (post && path.endsWith("/embeddings")) {
            request.bodyHandler(body -> embed(request, body));
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
            new Refusals(chat, request, "").error(404, "Invalid URL", "invalid_request_error", "unknown_url");
        }
    }

    private void generate(Wording wording, HttpServerRequest request, Buffer body) {
        String key = key(request);
        Tally tally = tally(key, wording.api());
        Refusals refusals = arrived(wording, request, body, tally);
        if (refusals == null) {
            return;
        }
        Ask ask;
        try {
            ask = wording.read(request, key, new JsonObject(body), options.samples());
        } catch (Wording.BadAsk refused) {
            refusals.badAsk(String.valueOf(refused.getMessage()), refused.code());
            return;
        } catch (IllegalArgumentException refused) {
            refusals.badAsk(String.valueOf(refused.getMessage()), null);
            return;
        } catch (DecodeException | ClassCastException malformed) {
            refusals.badAsk("the body is not a request of this kind", null);
            return;
        }
        if (ask.script().has("vendor_headers")) {
            wording.vendorHeaders(request.response());
        }
        if (!refusals.play(ask, tally)) {
            Answer answer = Answer.to(ask);
            Sink sink = ask.stream()
                    ? wording.events(ask, answer, request.response())
                    : new WholeSink(ask, answer, wording, request.response());
            new Generation(vertx, ask, answer, sink, request.response(), tally).start();
        }
    }

    /* Counts a request and names it; null, and it is answered, when its key is wrong. */
    private @Nullable Refusals arrived(Wording wording, HttpServerRequest request, Buffer body, Tally tally) {
        tally.requested();
        seen.add(request, body);
        String id = "req_sim_" + serial.incrementAndGet();
        request.response().putHeader(wording.requestIdHeader(), id);
        Refusals refusals = new Refusals(wording, request, id);
        String key = key(request);
        if (options.requiredKey() != null && !options.requiredKey().equals(key)) {
            refusals.wrongKey(key);
            return null;
        }
        return refusals;
    }

    private void count(HttpServerRequest request, Buffer body) {
        Tally tally = tally(key(request), Api.COUNT_TOKENS);
        Refusals refusals = arrived(messages, request, body, tally);
        if (refusals == null) {
            return;
        }
        if (body.toString().contains("[[sim hang_head]]")) {
            refusals.silenceAfterHead(false, tally);
            return;
        }
        try {
            json(request, messages.count(request, new JsonObject(body)));
        } catch (IllegalArgumentException | DecodeException | ClassCastException refused) {
            refusals.badAsk(String.valueOf(refused.getMessage()), null);
        }
    }

    private void embed(HttpServerRequest request, Buffer body) {
        Tally tally = tally(key(request), Api.EMBEDDINGS);
        Refusals refusals = arrived(chat, request, body, tally);
        if (refusals == null) {
            return;
        }
        try {
            Embeddings embeddings = new Embeddings(new JsonObject(body));
            int status = embeddings.script().number("status", 200);
            if (status == 200) {
                tally.opened(embeddings.promptTokens());
                tally.closed(false);
                json(request, embeddings.answer());
            } else {
                refusals.error(status, "Simulated failure", "simulated", null);
            }
        } catch (IllegalArgumentException | DecodeException | ClassCastException refused) {
            refusals.badAsk(String.valueOf(refused.getMessage()), null);
        }
    }

    private void service(HttpServerRequest request, Buffer body) {
        tally(key(request), Api.SERVICES).requested();
        seen.add(request, body);
        Services.answer(request, body);
    }

    private JsonObject everything() {
        JsonObject counts = new JsonObject();
        new TreeMap<>(tallies).forEach((key, _) -> counts.put(key, counts(key).toJson()));
        return counts.put("total", total().toJson());
    }

    private Tally tally(String key, Api api) {
        return requireNonNull(tallies.computeIfAbsent(key, _ -> tallies()).get(api));
    }

    private static Map<Api, Tally> tallies() {
        Map<Api, Tally> tallies = new EnumMap<>(Api.class);
        for (Api api : Api.values()) {
            tallies.put(api, new Tally());
        }
        return tallies;
    }

    private static JsonObject models() {
        JsonObject model =
                new JsonObject().put("id", "small").put("object", "model").put("owned_by", "simulator");
        return new JsonObject().put("object", "list").put("data", new JsonArray().add(model));
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
