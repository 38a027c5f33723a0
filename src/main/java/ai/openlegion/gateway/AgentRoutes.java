package ai.openlegion.gateway;

import ai.openlegion.fabric.FabricRoutes;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Caller;
import ai.openlegion.routes.ClosingConnections;
import ai.openlegion.routes.Permission;
import ai.openlegion.routes.Routes;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The routes of the agents' listener, each with the permission it needs; the busy ones first.
final class AgentRoutes {

    static final Door MESH = new MeshDoor();

    private final GatewayVerticle.Shared shared;
    private final Loop loop;
    private final BodyReader bodies;
    private final Identification identification;
    private final ClosingConnections closing;
    private final Admission admission;
    private final CountTokens counting;
    private final FabricRoutes fabric;
    private final ServiceDoor services;

    /// What each path without parameters takes.
    private final Map<String, String> methods = new HashMap<>();

    AgentRoutes(
            GatewayVerticle.Shared shared,
            Loop loop,
            BodyReader bodies,
            Identification identification,
            ClosingConnections closing,
            FabricRoutes fabric,
            ServiceDoor services) {
        this.shared = shared;
        this.loop = loop;
        this.bodies = bodies;
        this.identification = identification;
        this.closing = closing;
        this.fabric = fabric;
        this.services = services;
        admission = new Admission(loop);
        counting = new CountTokens(loop);
    }

    Router router() {
        Router router = Router.router(loop.vertx());
        call(router, "/v1/chat/completions", SdkDoor.CHAT);
        call(router, "/v1/messages", SdkDoor.MESSAGES);
        call(router, "/v1/responses", SdkDoor.RESPONSES);
        Routes.add(
                router,
                HttpMethod.POST,
                "/v1/messages/count_tokens",
                Permission.AGENT,
                context -> begin(context.request(), SdkDoor.COUNT, counting::count));
        call(router, "/v1/embeddings", EmbedDoor.SDK);
        call(router, "/mesh/api", MESH);
        call(router, "/mesh/api/stream", new MeshStreamDoor());
        services.add(router);
        fabric.add(router);
        Routes.add(router, HttpMethod.GET, "/healthz", Permission.PUBLIC, this::health);
        known(router, "/v1/models", SdkDoor.CHAT, this::models);
        known(router, "/v1/responses", SdkDoor.RESPONSES, this::upgrade);
        for (String probe : new String[] {"/", "/api/hello"}) {
            Routes.add(router, HttpMethod.HEAD, probe, Permission.AGENT, this::probe);
        }
        known(router, "/mesh/model-health", MESH, this::modelHealth);
        for (int status : new int[] {400, 404, 405, 500}) {
            router.errorHandler(status, context -> plain(context, status));
        }
        Routes.verify(router);
        methods.putAll(Routes.methods(router));
        return router;
    }

    /// What answers a request of a known caller, by the snapshot that knows it.
    private interface KnownHandler {
        void handle(RoutingContext context, Fleet fleet, Caller caller);
    }

    private void known(Router router, String path, Door door, KnownHandler handler) {
        Routes.add(router, HttpMethod.GET, path, Permission.AGENT, context -> {
            Fleet fleet = loop.fleets().current();
            Identification.Known known = identification.identify(context.request(), fleet);
            if (known == null) {
                refuse(context.response(), loop.requestIds().next(), door, identification.refusal());
                return;
            }
            Refusal claim = identification.foreignClaim(context.request(), known.caller());
            if (claim == null) {
                handler.handle(context, fleet, known.caller());
            } else {
                refuse(context.response(), loop.requestIds().next(), door, claim);
            }
        });
    }

    private void call(Router router, String path, Door door) {
        Routes.add(
                router,
                HttpMethod.POST,
                path,
                Permission.AGENT,
                context -> begin(
                        context.request(),
                        door,
                        (call, body, claimed) ->
                                admission.admit(call, body, context.request().version(), claimed)));
    }

    /// What is done with a call whose body has been read whole.
    private interface BodyHandler {
        void handle(Call call, byte[] body, @Nullable String claimedAgent);
    }

    private void begin(HttpServerRequest request, Door door, BodyHandler handler) {
        HttpServerResponse response = request.response();
        String requestId = loop.requestIds().next();
        Identification.Known known =
                identification.identify(request, loop.fleets().current());
        if (known == null) {
            refuse(response, requestId, door, identification.refusal());
            return;
        }
        if (shared.draining().get()) {
            close(response, requestId, door, Refusal.later(Refusal.Kind.UNAVAILABLE, "The mesh is shutting down", 5));
            return;
        }
        if (longerThan(loop.limits().bodyBytes(), request)) {
            close(response, requestId, door, bodies.tooLarge());
            return;
        }
        List<String> claims = Identification.claims(request);
        if (claims == null) {
            close(response, requestId, door, Refusal.of(Refusal.Kind.MALFORMED, "The query is malformed"));
            return;
        }
        // of several the one that is somebody else's
        String id = known.caller().agent().value();
        String claimed = null;
        for (String each : claims) {
            claimed = claimed == null || claimed.equals(id) ? each : claimed;
        }
        String named = claimed;
        bodies.read(
                request,
                known.caller().agent(),
                body -> {
                    // the body may have taken a while: what decides is what holds now
                    Fleet fleet = loop.fleets().current();
                    Caller caller = fleet.tokens().find(known.token());
                    if (caller == null) {
                        identification.failed();
                        refuse(response, requestId, door, Identification.unknown());
                        return;
                    }
                    Consumer<Door> models = asked -> {
                        var call = new Call(loop, asked, request, requestId, fleet, caller, known.token());
                        call.guarded(() -> handler.handle(call, body, named));
                    };
                    if (door == MESH) {
                        var now = new Identification.Known(caller, known.token());
                        services.takeEnvelope(response, requestId, fleet, now, body, named, models);
                    } else {
                        models.accept(door);
                    }
                },
                refusal -> close(response, requestId, door, refusal));
    }

    /// Answers and closes where the framing is in doubt. Vert.x drops Content-Length where both are sent, so a smuggled
    /// request cannot be told from a chunked one.
    boolean refusesFraming(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2 || !request.headers().contains("transfer-encoding")) {
            return false;
        }
        close(
                request.response(),
                loop.requestIds().next(),
                doorOf(request),
                Refusal.of(Refusal.Kind.LENGTH_REQUIRED, "Send Content-Length, not Transfer-Encoding"));
        closing.close(request);
        return true;
    }

    /// The door in whose words a request is refused that reaches none.
    private static Door doorOf(HttpServerRequest request) {
        String path = request.path();
        if (path == null || !path.startsWith("/v1/")) {
            return MESH;
        }
        return path.startsWith("/v1/messages") ? SdkDoor.MESSAGES : SdkDoor.CHAT;
    }

    /// Answers where the path of a service is in doubt.
    boolean refusesPath(HttpServerRequest request) {
        return services.refusesPath(request);
    }

    /// Whether the head already says that the body is longer.
    static boolean longerThan(int maxBytes, HttpServerRequest request) {
        String length = request.getHeader("content-length");
        return length != null && (length.length() > 10 || Long.parseLong(length) > maxBytes);
    }

    static void refuse(HttpServerResponse response, String requestId, Door door, Refusal refusal) {
        if (!response.ended() && !response.closed()) {
            door.refuse(response.putHeader("x-request-id", requestId), requestId, refusal);
        }
    }

    /// Refuses and closes the connection, because the rest of what it carries is unread or in doubt.
    static void close(HttpServerResponse response, String requestId, Door door, Refusal refusal) {
        if (response.streamId() < 0) {
            response.putHeader("connection", "close");
        }
        refuse(response, requestId, door, refusal);
    }

    private void health(RoutingContext context) {
        String status = !shared.storeAvailable().getAsBoolean()
                ? "store_unavailable"
                : shared.draining().get() ? "draining" : "ok";
        answer(context, status.equals("ok") ? 200 : 503, new JsonObject().put("status", status));
    }

    private void models(RoutingContext context, Fleet fleet, Caller caller) {
        boolean forCodex = context.queryParams().contains("client_version");
        large(context, caller, ModelList.of(fleet, caller.agent(), forCodex).toBuffer());
    }

    /// Codex tries a WebSocket first and goes on with plain requests at once when it is told so; any other answer costs
    /// it
    /// seconds.
    private void upgrade(RoutingContext context, Fleet fleet, Caller caller) {
        boolean webSocket = "websocket".equalsIgnoreCase(context.request().getHeader("upgrade"));
        HttpServerResponse response = context.response()
                .setStatusCode(webSocket ? 426 : 405)
                .putHeader("content-type", Shapes.JSON)
                .putHeader("x-request-id", loop.requestIds().next())
                .putHeader(webSocket ? "connection" : "allow", webSocket ? "close" : "POST");
        var _ = response.end(
                "{\"error\":{\"message\":\"Responses are asked for with POST; there are no WebSockets here\","
                        + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"unsupported\"}}");
        if (webSocket) {
            closing.close(context.request());
        }
    }

    /// Claude Code looks whether anybody is there; any answer will do.
    private void probe(RoutingContext context) {
        Identification.Known known =
                identification.identify(context.request(), loop.fleets().current());
        Refusal claim = known == null ? null : identification.foreignClaim(context.request(), known.caller());
        var _ = context.response()
                .setStatusCode(known == null ? identification.refusal().status() : claim == null ? 200 : 403)
                .putHeader("x-request-id", loop.requestIds().next())
                .end();
    }

    private void modelHealth(RoutingContext context, Fleet fleet, Caller caller) {
        large(
                context,
                caller,
                Introspection.modelHealth(fleet, caller.agent(), loop.health()).toBuffer());
    }

    /// Answers what no route takes, in the words of the door it came to.
    private void plain(RoutingContext context, int status) {
        HttpServerRequest request = context.request();
        if (status == 500) {
            detail(context, status, "Something went wrong in the mesh; the log says what");
            return;
        }
        Door door = doorOf(request);
        if (identification.identify(request, loop.fleets().current()) == null) {
            // only a token shows which paths there are
            refuse(context.response(), loop.requestIds().next(), door, identification.refusal());
            return;
        }
        String takes = methods.get(request.path());
        // a path whose method did not fit counts as unknown once another route has looked at it
        int told = status == 404 && takes != null ? 405 : status;
        if (told == 405 && takes != null) {
            context.response().putHeader("allow", takes);
        }
        Refusal refusal = switch (told) {
            case 404 -> Refusal.of(Refusal.Kind.UNKNOWN_PATH, "There is no such path");
            case 405 -> Refusal.of(Refusal.Kind.NOT_ALLOWED, "The path does not take this method");
            default -> Refusal.of(Refusal.Kind.MALFORMED, "The request is malformed"); // open: 400
        };
        if (door == MESH) {
            detail(context, told, refusal.message());
        } else {
            refuse(context.response(), loop.requestIds().next(), door, refusal);
        }
    }

    private void detail(RoutingContext context, int status, String text) {
        if (!context.response().ended()) {
            answer(context, status, new JsonObject().put("detail", text));
        }
    }

    /// Answers with what an agent may ask for without end and never read.
    private void large(RoutingContext context, Caller caller, Buffer body) {
        HttpServerResponse response = context.response()
                .putHeader("content-type", Shapes.JSON)
                .putHeader("x-request-id", loop.requestIds().next());
        if (!fabric.ends(caller.agent(), context.request(), body.getBytes())) {
            Refusal refusal =
                    Refusal.later(Refusal.Kind.UNAVAILABLE, "Too much of what was answered is still unread", 1);
            MESH.refuse(response, "", refusal);
        }
    }

    private void answer(RoutingContext context, int status, JsonObject body) {
        answer(context, status, body.toBuffer());
    }

    private void answer(RoutingContext context, int status, Buffer body) {
        var _ = context.response()
                .setStatusCode(status)
                .putHeader("content-type", Shapes.JSON)
                .putHeader("x-request-id", loop.requestIds().next())
                .end(body);
    }

    /// Answers what is not HTTP: 431 or 414 for what is too long, else 400; the connection is closed after it.
    void malformed(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        int status =
                cause instanceof TooLongHttpHeaderException ? 431 : cause instanceof TooLongFrameException ? 414 : 400;
        var _ = request.response()
                .setStatusCode(status)
                .putHeader("content-type", Shapes.JSON)
                .putHeader("connection", "close")
                .putHeader("x-request-id", loop.requestIds().next())
                .end(Buffer.buffer("{\"detail\":\"The request is not well-formed HTTP or its head is too long\"}"))
                .onComplete(_ -> request.connection().close());
    }
}
