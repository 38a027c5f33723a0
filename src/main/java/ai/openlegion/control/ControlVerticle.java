package ai.openlegion.control;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.AuditPages;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.listener.ConnectionLimits;
import ai.openlegion.listener.Connections;
import ai.openlegion.routes.Permission;
import ai.openlegion.routes.RequestIds;
import ai.openlegion.routes.Routes;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// The verticle of the operator's listener; one instance.
public final class ControlVerticle extends VerticleBase {

    /// An operator's client asks one thing at a time, and follows an event stream or two.
    private static final int STREAMS_PER_CONNECTION = 100;

    /// HTTP/2 resets of one connection in these seconds.
    private static final int MOST_RESETS = 100;

    private static final int RESET_SECONDS = 10;

    /// Requests whose connection has not taken the answers to those before.
    private static final int WAITING = 256;

    private final Bus bus;
    private final BooleanSupplier storeAvailable;
    private final TokenDigest operator;
    private final ControlSettings settings;
    private final FleetRegistry fleets;
    private final AuditEvents auditEvents;
    private final BudgetEvents budgetEvents;
    private final RunEvents runEvents;
    private final OperatorLog log;
    private final LogRoutes logRoutes;
    private final AgentChat chat;
    private final Progress progress;
    private final WebhookHeads webhookHeads;
    private final WebhookLog webhookLog;
    private final RequestGuard guard;
    private final InstantSource clock;
    private final VaultDesk vault;
    private final Connections connections;
    private volatile int port;

    /// @param operator the digest of the operator's token
    /// @param storeAvailable whether the store takes writes; `/healthz` says 503 while it does not
    /// @param inbound the token by which an external agent knows the mesh; asked off the event loop
    /// @param logs what agents write
    /// @param vault takes the operator's orders to it; asked directly, since no value crosses the bus
    public ControlVerticle(
            Bus bus,
            FleetRegistry fleets,
            AuditLog audit,
            AuditPages pages,
            BooleanSupplier storeAvailable,
            TokenDigest operator,
            Function<AgentId, String> inbound,
            AgentLogs logs,
            VaultDesk vault,
            InstantSource clock,
            ControlSettings settings) {
        this.bus = bus;
        this.storeAvailable = storeAvailable;
        this.operator = operator;
        this.settings = settings;
        this.fleets = fleets;
        this.clock = clock;
        this.vault = vault;
        log = new OperatorLog(audit, fleets, clock);
        webhookHeads = new WebhookHeads(fleets, clock);
        webhookLog = new WebhookLog(audit, fleets, clock);
        auditEvents = new AuditEvents(bus, pages, settings);
        budgetEvents = new BudgetEvents(bus, settings);
        runEvents = new RunEvents(bus, settings);
        progress = new Progress(bus, fleets);
        chat = new AgentChat(fleets, log, inbound, settings);
        logRoutes = new LogRoutes(fleets, log, logs, settings.eventStreams());
        RequestIds ids = new RequestIds();
        connections = new Connections(limits(settings), address -> false);
        guard = new RequestGuard(
                settings.host(), response -> response.putHeader("x-request-id", ids.next()), log::cameFromElsewhere);
    }

    @Override
    public Future<?> start() {
        Router router = routes();
        Routes.verify(router);
        chat.start(vertx);
        progress.start();
        budgetEvents.start(vertx);
        auditEvents.start(vertx);
        runEvents.start(vertx);
        vertx.setPeriodic(OperatorLog.TICK_MILLIS, timer -> log.onTick());
        Handler<HttpServerRequest> admitted = request -> {
            if (guard.admits(request)) {
                router.handle(request);
            }
        };
        return connections
                .server(
                        vertx,
                        new HttpServerOptions()
                                .setHost(settings.host())
                                .setPort(settings.port())
                                .setHttp2ClearTextEnabled(true)
                                .setInitialSettings(new Http2Settings()
                                        .setMaxConcurrentStreams(STREAMS_PER_CONNECTION)
                                        .setMaxHeaderListSize(settings.headerBytes()))
                                .setHttp2RstFloodMaxRstFramePerWindow(MOST_RESETS)
                                .setHttp2RstFloodWindowDuration(RESET_SECONDS)
                                .setHandle100ContinueAutomatically(true)
                                .setMaxHeaderSize(settings.headerBytes())
                                .setMaxInitialLineLength(settings.headerBytes())
                                .setMaxFormAttributeSize(settings.bodyBytes()))
                .connectionHandler(connection -> {
                    Connections.of(connection).shows(connection);
                    connection.closeHandler(closed -> guard.closed(connection));
                })
                .invalidRequestHandler(this::refuseInvalid)
                .requestHandler(request -> Connections.hand(request, admitted))
                .listen()
                .onSuccess(this::listening);
    }

    /// One operator may have all of them; webhooks are the other who comes in here, by a signature.
    private static ConnectionLimits limits(ControlSettings settings) {
        return new ConnectionLimits(
                settings.connections(),
                settings.connections(),
                settings.connections(),
                (int) settings.head().toSeconds(),
                (int) settings.idle().toSeconds(),
                (int) settings.slow().toSeconds(),
                WAITING);
    }

    @Override
    public Future<?> stop() {
        log.onTick();
        webhookLog.onTick();
        return Future.join(
                budgetEvents.close(), auditEvents.close(), runEvents.close(), chat.close(), progress.close());
    }

    /// The port it listens on, once deployed.
    public int port() {
        return port;
    }

    private void listening(HttpServer server) {
        port = server.actualPort();
        guard.listensOn(port);
    }

    private Router routes() {
        Router router = Router.router(vertx);
        Routes.add(
                router,
                HttpMethod.GET,
                "/healthz",
                Permission.PUBLIC,
                context -> Answers.write(context.response(), health()));
        OperatorRoutes routes = new OperatorRoutes(router, operator, settings.bodyBytes(), log::loginFailed);
        routes.raw(HttpMethod.GET, "/control/budgets/events", budgetEvents::open);
        routes.raw(HttpMethod.GET, "/control/events", auditEvents::open);
        new MeshRoutes(bus, fleets, log, progress).add(routes);
        new AgentRoutes(bus, fleets, log).add(routes);
        logRoutes.add(routes);
        chat.add(routes);
        new TaskRoutes(bus, fleets, log).add(routes);
        new BudgetRoutes(bus, log).add(routes);
        new BoardRoutes(bus).add(routes);
        new InboxRoutes(bus, fleets).add(routes);
        new CronRoutes(bus, log).add(routes);
        new VaultRoutes(vault, log).add(routes);
        new WorkflowRoutes(bus, fleets, log).add(routes);
        new RunRoutes(bus, log).add(routes);
        routes.raw(HttpMethod.GET, "/control/runs/:run/events", runEvents::open);
        new WebhookRoutes(vertx, bus, guard, webhookHeads, webhookLog, routes::isOperator, clock).add(router);
        routes.close();
        router.errorHandler(
                400,
                context ->
                        Answers.write(context.response(), Answer.refused(400, "the path or query is not well-formed")));
        router.errorHandler(
                500,
                context -> Answers.write(context.response(), Answers.fault(context.failure(), context.response())));
        return router;
    }

    private Answer health() {
        boolean well = storeAvailable.getAsBoolean();
        return Answer.of(well ? 200 : 503, json -> {
            json.writeStartObject();
            json.writeStringField("status", well ? "ok" : "store_unavailable");
            json.writeEndObject();
        });
    }

    private void refuseInvalid(HttpServerRequest request) {
        guard.decorate(request.response());
        Throwable cause = request.decoderResult().cause();
        Answer answer = switch (cause) {
            case TooLongHttpLineException line -> Answer.refused(414, "the request line is too long");
            case TooLongHttpHeaderException header ->
                Answer.refused(431, "the head may have at most " + settings.headerBytes() + " bytes");
            case null, default -> Answer.refused(400, "the request is not well-formed HTTP"); // open: any other fault
        };
        guard.refuseAndClose(request, answer);
    }
}
