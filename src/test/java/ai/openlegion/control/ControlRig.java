package ai.openlegion.control;

import ai.openlegion.acl.AclVerticle;
import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.AuditPages;
import ai.openlegion.budget.Budget;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.budget.BudgetVerticle;
import ai.openlegion.budget.FleetState;
import ai.openlegion.budget.Ledger;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.budget.WindowState;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.catalogue.Auth;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Price;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.catalogue.Rates;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Hook;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.store.Database;
import ai.openlegion.vault.CredentialStore;
import ai.openlegion.vault.MasterKeys;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The real control listener with its real ACL, audit and store; the budget's and the host's endpoints are served by
/// hand, and keep what they were asked; or the budget is the real one too.
final class ControlRig implements AutoCloseable {

    static final String OPERATOR_TOKEN = "olc_operator-token-of-this-test-0123456789";
    static final String AGENT_TOKEN = "ol_an-agents-token-of-this-test-0123456789ab";
    static final String INBOUND_TOKEN = "oli_the-mesh-itself-in-this-test-0123456789";
    static final AgentId RESEARCHER = new AgentId("researcher");
    static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-22T10:00:00Z"));

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx);
    final Queue<Wire> asked = new ConcurrentLinkedQueue<>();
    final AtomicBoolean storeAvailable = new AtomicBoolean(true);
    final AtomicReference<Budget.Changed> nextChange = new AtomicReference<>();
    final AtomicReference<Budget.Accounts> accounts = new AtomicReference<>();
    final AtomicReference<Control.Reloaded> nextReload =
            new AtomicReference<>(new Control.Reloaded(8, List.of(), List.of("a warning")));
    final AtomicReference<Messaging.Directory> directory = new AtomicReference<>(new Messaging.Registrations(Map.of(
            RESEARCHER,
            new Messaging.Registration(List.of("search"), 8400, CLOCK.instant().toEpochMilli()))));
    final AtomicReference<AgentLogs> logs = new AtomicReference<>((agent, tail, follow) ->
            Future.failedFuture(new RuntimeFault(RuntimeFault.Kind.UNAVAILABLE, "the agent does not run")));
    final Database database;
    final AuditLog audit;
    final FleetRegistry fleet;
    final ControlVerticle control;

    ControlRig(Path folder) throws TimeoutException {
        this(folder, settings(64, Duration.ofSeconds(15)));
    }

    ControlRig(Path folder, ControlSettings settings) throws TimeoutException {
        this(folder, settings, null);
    }

    private ControlRig(Path folder, ControlSettings settings, @Nullable Ledger ledger) throws TimeoutException {
        database = Database.open(folder.resolve("openlegion.db"), vertx);
        audit = AuditLog.open(database, bus);
        fleet = new FleetRegistry(bus, fleet());
        control = new ControlVerticle(
                bus,
                fleet,
                audit,
                new AuditPages(vertx, database),
                storeAvailable::get,
                TokenDigest.of(OPERATOR_TOKEN),
                agent -> INBOUND_TOKEN,
                (agent, tail, follow) -> logs.get().open(agent, tail, follow),
                new VaultDesk(
                        new CredentialStore(
                                vertx,
                                database,
                                MasterKeys.open(Map.of(), folder.resolve("vault.key")),
                                CLOCK,
                                () -> fleet.current().vault(),
                                fleet::credentials),
                        fleet::current),
                CLOCK,
                settings);
        var _ = await(Future.all(List.of(
                bus.serve(Control.RELOAD, question -> answer(question, nextReload.get())),
                bus.serve(Control.STOP, question -> answer(question, new Control.Stopping())),
                bus.serve(Messaging.DIRECTORY, question -> answer(question, directory.get())),
                bus.serve(Control.STATUS, question -> answer(question, hostStatus())),
                ledger == null ? serveBudget() : deployBudget(ledger, audit),
                vertx.deployVerticle(new AclVerticle(bus, () -> fleet.current().policy())),
                vertx.deployVerticle(control))));
    }

    /// The same with the real budget on this ledger.
    static ControlRig withLedger(Path folder, Ledger ledger) throws TimeoutException {
        return new ControlRig(folder, settings(64, Duration.ofSeconds(15)), ledger);
    }

    /// Answers every question at a door with what the reference holds then.
    <Q extends Wire, R extends Wire> void serve(Endpoint<Q, R> endpoint, AtomicReference<R> answer)
            throws TimeoutException {
        var _ = await(
                bus.serve(endpoint, question -> answer(question, answer.get())).map(served -> true));
    }

    private Future<?> serveBudget() {
        BudgetState account = account(RESEARCHER, window(5_000_000_000_000L, 12_300_000L), 42);
        accounts.set(new Budget.Accounts(
                new FleetState(window(Limits.UNLIMITED, 12_300_000L), window(Limits.UNLIMITED, 12_300_000L)),
                List.of(account)));
        nextChange.set(new Budget.Changed(Budget.Change.DONE, account, 1_500_000_000L));
        return Future.all(
                bus.serve(Budget.READ, question -> answer(question, accounts.get())),
                bus.serve(Budget.SET_LIMITS, question -> answer(question, nextChange.get())),
                bus.serve(Budget.RELEASE, question -> answer(question, nextChange.get())),
                bus.serve(Budget.USAGE, question -> answer(question, usage())));
    }

    private Future<?> deployBudget(Ledger ledger, AuditLog audit) {
        Limits limits = new Limits(5 * Usd.PICO_PER_USD, 100 * Usd.PICO_PER_USD);
        return vertx.deployVerticle(new BudgetVerticle(bus, database, ledger, audit, CLOCK))
                .compose(deployed ->
                        bus.ask(Budget.CONFIGURE, new Budget.Configure(Map.of(RESEARCHER, limits), Limits.NONE)));
    }

    static ControlSettings settings(int eventStreams, Duration keepAlive) {
        return new ControlSettings(
                "127.0.0.1",
                0,
                4096,
                16 * 1024,
                256,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                eventStreams,
                eventStreams,
                Duration.ofMinutes(5),
                keepAlive,
                8,
                256 * 1024,
                16 * 1024,
                Duration.ofSeconds(4),
                Duration.ofSeconds(20));
    }

    /// With answers of agents up to that many bytes, and time to read them.
    static ControlSettings patient(int chatBytes) {
        return new ControlSettings(
                "127.0.0.1",
                0,
                4096,
                16 * 1024,
                256,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                64,
                64,
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                8,
                chatBytes,
                16 * 1024,
                Duration.ofMinutes(1),
                Duration.ofMinutes(2));
    }

    int port() {
        return control.port();
    }

    /// The response to a request with the operator's token and the listener's own `Host`.
    RawHttp.Response ask(String method, String path, String body) throws IOException {
        return exchange(method + " " + path + " HTTP/1.1\r\nHost: localhost:" + port() + "\r\nAuthorization: Bearer "
                + OPERATOR_TOKEN + "\r\nContent-Length: "
                + body.getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                + "\r\n\r\n" + body);
    }

    RawHttp.Response get(String path) throws IOException {
        return ask("GET", path, "");
    }

    /// The response to these bytes on a connection of their own.
    RawHttp.Response exchange(String request) throws IOException {
        try (RawHttp http = new RawHttp(port())) {
            http.send(request);
            return http.receive();
        }
    }

    static WindowState window(long limitPico, long spentPico) {
        return new WindowState(
                limitPico,
                spentPico,
                100L,
                0L,
                Instant.parse("2026-11-23T00:00:00Z").toEpochMilli());
    }

    static BudgetState account(AgentId agent, WindowState window, long tokens) {
        return new BudgetState(agent, window, window, false, tokens);
    }

    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws TimeoutException {
        database.close();
        var _ = await(vertx.close());
    }

    private <R extends Wire> Future<R> answer(Wire question, R answer) {
        asked.add(question);
        return Future.succeededFuture(answer);
    }

    private Control.HostStatus hostStatus() {
        return new Control.HostStatus(
                "0.1.0",
                4711,
                Instant.parse("2026-11-22T09:00:00Z").toEpochMilli(),
                "http",
                8420,
                port(),
                "external",
                storeAvailable.get(),
                3,
                List.of("mind the gap"));
    }

    private static Budget.UsageReport usage() {
        return new Budget.UsageReport(
                List.of(new Budget.UsageRow("sim/small", 2, 1_000, 100, 10, 1_200_000_000L, 7_000_000L)));
    }

    private static Fleet fleet() {
        Provider provider = new Provider(
                "openai", Dialect.OPENAI, URI.create("http://127.0.0.1:1/v1"), Auth.NONE, null, false, "max_tokens");
        Rates rates = new Rates(1_000_000, 2_000_000, 1_000_000, 1_000_000);
        Model model = new Model("openai/gpt-4o", provider, "gpt-4o", new Price(rates, null, 0), 0, 0, null);
        Grants grants = new Grants(
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of("llm"),
                List.of(),
                List.of(),
                false,
                false);
        return new Fleet(
                7,
                Map.of(
                        RESEARCHER,
                        new Agent(
                                RESEARCHER,
                                "research",
                                "openai/gpt-4o",
                                List.of("openai/gpt-4o"),
                                RuntimeKind.EXTERNAL,
                                Agent.Program.OWN,
                                Limits.NONE,
                                URI.create("http://127.0.0.1:8400/in"),
                                "",
                                null)),
                Policy.of(7, Map.of(RESEARCHER, grants), null, Map.of(RESEARCHER, List.of("openai/gpt-4o"))),
                Catalogue.of(List.of(provider), List.of(model)),
                Vault.of(Map.of("leads_secret", Secret.of("a-hooks-secret-of-this-test"))),
                TokenTable.of(Map.of(RESEARCHER, AGENT_TOKEN)),
                Map.of("leads", new Hook("leads", "leads_secret", RESEARCHER, null)),
                Limits.NONE,
                Map.of());
    }
}
