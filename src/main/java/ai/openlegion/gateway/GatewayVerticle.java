package ai.openlegion.gateway;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.budget.Budget;
import ai.openlegion.budget.Ledger;
import ai.openlegion.bus.Bus;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.config.MeshSettings.Listener;
import ai.openlegion.config.Tls;
import ai.openlegion.fabric.FabricRoutes;
import ai.openlegion.fabric.RateLimiter;
import ai.openlegion.fabric.RateLimits;
import ai.openlegion.fabric.StreamLimits;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Fleets;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.listener.ConnectionLimits;
import ai.openlegion.listener.Connections;
import ai.openlegion.proxy.ServiceClient;
import ai.openlegion.proxy.Upstream;
import ai.openlegion.routes.ClosingConnections;
import ai.openlegion.routes.RequestIds;
import ai.openlegion.vault.CredentialStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The agents' listener on one event loop; deployed once a loop, all instances share the port.
public final class GatewayVerticle extends VerticleBase {

    /// What all instances of the listener share.
    ///
    /// @param port the port that is listened on, once an instance is deployed
    /// @param loops how many instances there are, which share the limits
    /// @param open the calls in flight, summed over the instances
    /// @param connections open now, over all instances and addresses
    /// @param draining once true, no new call is taken
    /// @param rates of the fabric's routes, for all instances together
    /// @param inboxReaders that one agent has on one instance
    /// @param more addresses that are listened on besides the listener's own
    /// @param credentials the owner of what agents store in the vault
    /// @param certificates what the listener's own address proves itself with
    public record Shared(
            Bus bus,
            FleetRegistry fleets,
            Ledger ledger,
            AuditLog audit,
            BooleanSupplier storeAvailable,
            InstantSource clock,
            GatewayLimits limits,
            Listener listener,
            int loops,
            AtomicInteger port,
            LongAdder open,
            Connections connections,
            AtomicBoolean draining,
            TokenCounts tokenCounts,
            AgentTurns<Translation> translations,
            ModelHealth health,
            Idempotency idempotency,
            RateLimiter rates,
            int inboxReaders,
            MoreAddresses more,
            CredentialStore credentials,
            Certificates certificates) {

        /// New connections are met with what this listener is configured to prove itself with now, where it is told to
        /// at all; whether it is, needs a new start.
        public Future<?> proves(Listener now) {
            Tls next = now.tls();
            return next == null || listener.tls() == null ? Future.succeededFuture() : certificates.swap(next);
        }

        /// A listener that nobody serves yet.
        public static Shared of(
                Bus bus,
                FleetRegistry fleets,
                Ledger ledger,
                AuditLog audit,
                BooleanSupplier storeAvailable,
                InstantSource clock,
                GatewayLimits limits,
                Listener listener,
                int loops,
                RateLimits rates,
                int inboxReaders,
                CredentialStore credentials) {
            var more = new MoreAddresses(listener, loops);
            return new Shared(
                    bus,
                    fleets,
                    ledger,
                    audit,
                    storeAvailable,
                    clock,
                    limits,
                    listener,
                    loops,
                    new AtomicInteger(),
                    new LongAdder(),
                    new Connections(connectionLimits(limits, loops), more::has),
                    new AtomicBoolean(),
                    new TokenCounts(),
                    new AgentTurns<>(),
                    new ModelHealth(clock),
                    new Idempotency(clock),
                    new RateLimiter(rates, clock),
                    inboxReaders,
                    more,
                    credentials,
                    new Certificates(listener.tls()));
        }

        private static ConnectionLimits connectionLimits(GatewayLimits limits, int loops) {
            return new ConnectionLimits(
                    limits.connections(),
                    Math.max(1, limits.connections() / 2),
                    ONE_ADDRESS_MAX,
                    limits.headSeconds(),
                    limits.idleSeconds(),
                    limits.slowClientSeconds(),
                    Math.max(1, limits.waitingRequests() / loops));
        }
    }

    private static final CharSequence HSTS = HttpHeaders.createOptimized("strict-transport-security");
    private static final CharSequence HSTS_VALUE = HttpHeaders.createOptimized("max-age=31536000");

    /// From one address of an agents' network, which is one agent: far more than a client's pool.
    private static final int ONE_ADDRESS_MAX = 256;

    /// HTTP/2 resets, the client's or ours, of one connection in these seconds: a client that gives up its calls makes
    /// far fewer, one that floods far more.
    private static final int MOST_RESETS = 200;

    private static final int RESET_SECONDS = 10;

    /// Bytes of unfinished whole answers that one event loop holds: two of the largest.
    private static final long MAX_ANSWER_BYTES = 128L * 1024 * 1024;

    private final Shared shared;
    private @Nullable TokenTable proven;
    private @Nullable Upstream upstream;
    private @Nullable ServiceClient services;
    private final ClosingConnections closing = new ClosingConnections();

    public GatewayVerticle(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Future<?> stop() {
        Upstream providers = upstream;
        ServiceClient others = services;
        return providers == null || others == null
                ? Future.succeededFuture()
                : Future.join(providers.close(), others.close());
    }

    @Override
    public Future<?> start() {
        GatewayLimits limits = shared.limits();
        var calls = new CallRegistry(shared.open());
        upstream = new Upstream(vertx, limits, shared.loops());
        var loop = new Loop(
                vertx,
                context,
                shared.fleets(),
                shared.ledger(),
                shared.audit(),
                shared.clock(),
                limits,
                upstream,
                calls,
                new RequestIds(),
                shared.tokenCounts(),
                shared.translations(),
                new HeldBytes(MAX_ANSWER_BYTES),
                Seats.of(limits.upstreamConnections(), shared.loops()),
                shared.health(),
                shared.idempotency());
        var bodies = new BodyReader(calls, limits.bodyBytes(), Math.max(1, limits.waitingRequests() / shared.loops()));
        var identification = new Identification(loop);
        var entrance = new AgentEntrance(loop, shared.draining(), identification, bodies);
        var fabric = new FabricRoutes(new FabricRoutes.Surroundings(
                shared.bus(),
                shared.audit(),
                shared.clock(),
                shared.rates(),
                entrance,
                (section, fleet, agent) -> Introspection.section(
                                section,
                                fleet,
                                shared.ledger(),
                                shared.storeAvailable().getAsBoolean(),
                                agent)
                        .encode(),
                new StreamLimits(limits.keepAliveSeconds(), limits.slowClientSeconds(), shared.inboxReaders()),
                shared.credentials()));
        services = new ServiceClient(vertx, limits, shared.loops());
        var door = new ServiceDoor(loop, bodies, identification, shared.draining(), shared.rates(), services);
        var routes = new AgentRoutes(shared, loop, bodies, identification, closing, fabric, door);

        vertx.setPeriodic(CallRegistry.TICK_MILLIS, _ -> {
            calls.onTick();
            bodies.onTick();
            identification.onTick();
        });
        vertx.setPeriodic(
                FabricRoutes.TICK_MILLIS, _ -> fabric.onTick(shared.fleets().current()));
        var _ = shared.bus().subscribe(Budget.CUT, calls::onCut);
        var _ = shared.bus().subscribe(Fleets.CHANGED, _ -> {
            Fleet fleet = shared.fleets().current();
            calls.onFleet(fleet);
            fabric.onFleet(fleet);
            if (fleet.tokens() != proven) {
                proven = fleet.tokens();
                shared.connections().prove(context, token -> fleet.tokens().find(token) != null);
            }
        });
        var _ = shared.bus().subscribe(Drain.BEGUN, _ -> {
            fabric.onDrain();
            drain(calls);
        });
        return listen(routes);
    }

    private Future<?> listen(AgentRoutes routes) {
        Router router = routes.router();
        int port = shared.listener().port();
        // Vert.x lets the instances of one deployment share a free port when the port asked for is negative
        Tls tls = shared.listener().tls();
        return listen(routes, router, port == 0 ? -1 : port, shared.listener().host(), tls)
                .compose(bound -> {
                    shared.port().set(bound.actualPort());
                    int inner = tls == null ? bound.actualPort() : shared.more().innerPort();
                    shared.more().join(context, host -> listen(routes, router, inner, host, null));
                    if (tls == null) {
                        return Future.succeededFuture();
                    }
                    shared.certificates().join(context, bound);
                    return shared.more().listen(MoreAddresses.INSIDE);
                });
    }

    private Future<HttpServer> listen(AgentRoutes routes, Router router, int port, String host, @Nullable Tls tls) {
        Handler<HttpServerRequest> admitted = request -> {
            if (tls != null) {
                request.response().putHeader(HSTS, HSTS_VALUE);
            }
            if (!closing.carries(request) && !routes.refusesFraming(request) && !routes.refusesPath(request)) {
                router.handle(request);
            }
        };
        return shared.connections()
                .server(vertx, options(shared.limits(), tls))
                .connectionHandler(this::show)
                .invalidRequestHandler(routes::malformed)
                .requestHandler(request -> Connections.hand(request, admitted))
                .listen(port, host);
    }

    private static HttpServerOptions options(GatewayLimits limits, @Nullable Tls tls) {
        HttpServerOptions options = new HttpServerOptions()
                .setMaxHeaderSize(limits.headerBytes())
                .setMaxInitialLineLength(limits.headerBytes())
                .setHttp2ClearTextEnabled(true)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(limits.streamsPerConnection())
                        .setMaxHeaderListSize(limits.headerBytes())
                        .setInitialWindowSize(256 * 1024))
                .setHttp2ConnectionWindowSize(4 * 1024 * 1024)
                .setHttp2RstFloodMaxRstFramePerWindow(MOST_RESETS)
                .setHttp2RstFloodWindowDuration(RESET_SECONDS)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setDecompressionSupported(false)
                .setCompressionSupported(false);
        return tls == null ? options : Certificates.secure(options, tls, limits.headSeconds());
    }

    private void show(HttpConnection connection) {
        Connections.of(connection).shows(connection);
        connection.closeHandler(_ -> closing.gone(connection));
    }

    /// Open calls get their time, then a cut that says why.
    private void drain(CallRegistry calls) {
        vertx.setTimer(
                shared.limits().drainSeconds() * 1000L,
                _ -> calls.cutAll(Refusal.of(Refusal.Kind.SHUTDOWN, "The mesh is shutting down")));
    }
}
