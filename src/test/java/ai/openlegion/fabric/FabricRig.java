package ai.openlegion.fabric;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.Audits;
import ai.openlegion.budget.Ledger;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.config.MeshSettings.Listener;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.gateway.Drain;
import ai.openlegion.gateway.GatewayVerticle;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.messaging.MessagingVerticle;
import ai.openlegion.store.Database;
import ai.openlegion.vault.CredentialStore;
import ai.openlegion.vault.MasterKeys;
import ai.openlegion.vault.Vault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// The real agents' listener with its real audit and store. What the owners of the fabric answer is served by hand, and
/// what they were asked is kept; or the messaging is the real one too.
final class FabricRig implements AutoCloseable {

    static final AgentId ALICE = new AgentId("alice");
    static final AgentId BOB = new AgentId("bob");
    static final AgentId MUTE = new AgentId("mute");
    static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-22T10:00:00Z"));
    static final long NOW = CLOCK.millis();

    private static final Grants ALL = new Grants(
            List.of("bob", "ghost", "mesh"),
            List.of("news"),
            List.of("news", "*"),
            List.of("open/*", "history/*"),
            List.of("open/*", "history/*"),
            List.of(),
            List.of(),
            List.of("nightly"),
            false,
            true);
    private static final Grants PLAIN = new Grants(
            List.of("alice"),
            List.of("news"),
            List.of("news"),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            false,
            false);

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx);
    final Queue<Wire> asked = new ConcurrentLinkedQueue<>();
    final Queue<AuditEntry> audited = new ConcurrentLinkedQueue<>();
    final Database database;
    final FleetRegistry fleets;
    final GatewayVerticle.Shared shared;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    FabricRig(Path folder) throws TimeoutException {
        this(folder, RateLimits.DEFAULTS, GatewayLimits.DEFAULTS, 1);
    }

    FabricRig(Path folder, RateLimits rates, GatewayLimits limits, int loops) throws TimeoutException {
        database = Database.open(folder.resolve("openlegion.db"), vertx);
        AuditLog audit = AuditLog.open(database, bus);
        var _ = bus.subscribe(Audits.RECORDED, written -> audited.addAll(written.entries()));
        fleets = new FleetRegistry(bus, fleet(1, tokens()));
        shared = GatewayVerticle.Shared.of(
                bus,
                fleets,
                new Ledger(CLOCK),
                audit,
                database::available,
                CLOCK,
                limits,
                new Listener("127.0.0.1", 0),
                loops,
                rates,
                4,
                new CredentialStore(
                        vertx,
                        database,
                        MasterKeys.open(Map.of(), folder.resolve("vault.key")),
                        CLOCK,
                        () -> fleets.current().vault(),
                        fleets::credentials));
        var options = new io.vertx.core.DeploymentOptions().setInstances(loops);
        var _ = await(vertx.deployVerticle(() -> new GatewayVerticle(shared), options));
    }

    /// Serves inboxes, topics and registrations with the real owner.
    FabricRig withMessaging(InstantSource clock, InboxLimits limits) throws TimeoutException {
        var _ = await(vertx.deployVerticle(
                new MessagingVerticle(bus, database, () -> fleets.current().policy(), clock, limits)));
        var _ = await(bus.ask(
                ai.openlegion.messaging.Messaging.CONFIGURE,
                new ai.openlegion.messaging.Messaging.Configure(
                        fleets.current().agents().keySet())));
        return this;
    }

    /// Serves one endpoint with one answer.
    <Q extends Wire, R extends Wire> void answer(Endpoint<Q, R> endpoint, R answer) throws TimeoutException {
        serve(endpoint, _ -> Future.succeededFuture(answer));
    }

    <Q extends Wire, R extends Wire> void serve(Endpoint<Q, R> endpoint, Function<Q, Future<? extends R>> handler)
            throws TimeoutException {
        var _ = await(bus.serve(endpoint, question -> {
            asked.add(question);
            return handler.apply(question);
        }));
    }

    /// Serves one endpoint with these answers, one after the other.
    <Q extends Wire, R extends Wire> void serveInTurn(Endpoint<Q, R> endpoint, List<? extends R> answers)
            throws TimeoutException {
        Queue<R> left = new ConcurrentLinkedQueue<>(answers);
        serve(endpoint, _ -> Future.succeededFuture(left.remove()));
    }

    /// What the owner was asked last.
    <Q extends Wire> Q lastAsked(Class<Q> type) {
        return asked.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .reduce((_, last) -> last)
                .orElseThrow(() -> new AssertionError("nobody was asked a " + type.getSimpleName()));
    }

    static Map<AgentId, String> tokens() {
        Map<AgentId, String> tokens = new HashMap<>();
        for (AgentId agent : List.of(ALICE, BOB, MUTE)) {
            tokens.put(agent, token(agent));
        }
        return tokens;
    }

    static String token(AgentId agent) {
        return "ol_the-token-of-" + agent + "-0123456789abcdefghijklm";
    }

    /// The fleet with other tokens: what a rotation or a removal leads to.
    static Fleet fleet(long revision, Map<AgentId, String> tokens) {
        Map<AgentId, Agent> agents = new HashMap<>();
        for (AgentId agent : tokens.keySet()) {
            agents.put(
                    agent,
                    new Agent(
                            agent,
                            agent + "'s role",
                            "sim/small",
                            List.of(),
                            RuntimeKind.EXTERNAL,
                            Agent.Program.OWN,
                            Limits.NONE,
                            null,
                            "",
                            null));
        }
        return new Fleet(
                revision,
                agents,
                Policy.of(revision, Map.of(ALICE, ALL, BOB, PLAIN), null, Map.of()),
                Catalogue.of(List.of(), List.of()),
                Vault.of(Map.of()),
                TokenTable.of(tokens),
                Map.of(),
                Limits.NONE,
                Map.of());
    }

    /// A response as a test looks at it.
    record Reply(int status, String body, Map<String, List<String>> headers) {
        JsonObject json() {
            return new JsonObject(body);
        }

        JsonArray array() {
            return new JsonArray(body);
        }

        String detail() {
            return json().getString("detail");
        }

        String header(String name) {
            return headers.getOrDefault(name, List.of("")).get(0);
        }
    }

    Reply get(AgentId agent, String path) throws IOException, InterruptedException {
        return send(agent, "GET", path, "");
    }

    Reply post(AgentId agent, String path, String body) throws IOException, InterruptedException {
        return send(agent, "POST", path, body);
    }

    Reply send(AgentId agent, String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(request(agent, method, path, body), HttpResponse.BodyHandlers.ofString());
        return new Reply(
                response.statusCode(), response.body(), response.headers().map());
    }

    private HttpRequest request(AgentId agent, String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .header("authorization", "Bearer " + token(agent))
                .timeout(Duration.ofSeconds(40))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    int port() {
        return shared.port().get();
    }

    /// The status of a request whose head is sent as it is, and closed after.
    int statusOf(String head, byte[] body) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write((head + "\r\n\r\n").getBytes(UTF_8));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
            return line == null ? 0 : Integer.parseInt(line.split(" ")[1]);
        }
    }

    void drain() {
        shared.draining().set(true);
        bus.publish(Drain.BEGUN, new Drain.Begun());
    }

    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws TimeoutException {
        client.close();
        for (String deployment : vertx.deploymentIDs()) {
            var _ = await(vertx.undeploy(deployment));
        }
        database.close();
        var _ = await(vertx.close());
    }
}
