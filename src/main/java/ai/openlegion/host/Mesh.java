package ai.openlegion.host;

import static java.util.Objects.requireNonNull;

import ai.openlegion.acl.AclVerticle;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.AuditPages;
import ai.openlegion.budget.Budget;
import ai.openlegion.budget.BudgetVerticle;
import ai.openlegion.budget.Ledger;
import ai.openlegion.budget.Limits;
import ai.openlegion.bus.Bus;
import ai.openlegion.config.Configuration;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.config.Home;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problems;
import ai.openlegion.control.Control;
import ai.openlegion.control.ControlSettings;
import ai.openlegion.control.ControlVerticle;
import ai.openlegion.control.VaultDesk;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.gateway.Drain;
import ai.openlegion.gateway.GatewayVerticle;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.identity.Tokens;
import ai.openlegion.store.Database;
import ai.openlegion.supervisor.Runtimes;
import ai.openlegion.supervisor.SupervisorVerticle;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The running parts of a mesh: built and deployed in order, reloaded as one, drained and stopped in reverse.
final class Mesh {

    private static final Logger LOG = System.getLogger("openlegion.host");

    private final Vertx vertx;
    private final Home home;
    private final Map<String, String> environment;
    private final Overrides overrides;
    private final Tokens tokens;
    private final Runtimes runtimes;
    private final Runnable stop;
    private final Bus bus;
    private final InstantSource clock;
    private final long startedAtMillis;

    private final Deque<String> deployments = new ArrayDeque<>();
    private volatile @Nullable Parts parts;
    private final MeshSettings started;
    private volatile Loaded current;
    /// Reloads run one after another: each begins when the one before has ended.
    private Future<?> reloading = Future.succeededFuture();

    /// What stands once the mesh has started.
    private record Parts(
            Database database,
            HostLog log,
            FleetRegistry fleets,
            FabricParts fabric,
            GatewayVerticle.Shared gateway,
            ControlVerticle control,
            SupervisorVerticle supervisor,
            VaultParts vault) {}

    Mesh(
            Vertx vertx,
            Home home,
            Map<String, String> environment,
            Overrides overrides,
            Tokens tokens,
            Runtimes runtimes,
            Loaded first,
            InstantSource clock,
            Runnable stop) {
        this.vertx = vertx;
        this.home = home;
        this.environment = environment;
        this.overrides = overrides;
        this.tokens = tokens;
        this.runtimes = runtimes;
        this.clock = clock;
        this.stop = stop;
        startedAtMillis = clock.millis();
        started = first.settings();
        current = first;
        bus = new Bus(vertx);
    }

    /// Brings everything up; fails with the cause of the first part that does not come up.
    Future<Void> start() {
        Database database;
        try {
            database = Database.open(current.settings().databaseFile(), vertx);
        } catch (RuntimeException cannotOpen) {
            return Future.failedFuture(cannotOpen);
        }
        return database.revisionFor(current.contentHash())
                .compose(revision -> deploy(database, revision))
                .recover(cause ->
                        undeployAll().eventually(() -> close(database)).transform(_ -> Future.failedFuture(cause)));
    }

    private Future<Void> deploy(Database database, long revision) {
        Fleet fleet;
        TokenDigest operator;
        try {
            fleet = current.fleet(revision, tokens);
            operator = TokenDigest.of(tokens.operator());
        } catch (IOException unreadable) {
            return Future.failedFuture(unreadable);
        }
        var audit = AuditLog.open(database, bus);
        var ledger = new Ledger(clock);
        var fleets = new FleetRegistry(bus, fleet);
        var vault = new VaultParts(vertx, database, environment, current.settings(), fleets, clock);
        audit.under(() -> fleets.current().revision());
        var fabric = new FabricParts(vertx, bus, database, fleets, audit, tokens, clock, current.settings());
        GatewayLimits limits = current.settings().limits();
        int loops = limits.eventLoops() > 0
                ? limits.eventLoops()
                : Runtime.getRuntime().availableProcessors();
        var gateway = GatewayVerticle.Shared.of(
                bus,
                fleets,
                ledger,
                audit,
                database::available,
                clock,
                limits,
                current.settings().mesh(),
                loops,
                current.settings().rates(),
                current.settings().inbox().readers(),
                vault.store());
        var agents = new AgentParts(
                bus, database, fleets, audit, tokens, runtimes, current.settings(), clock, gateway, fabric);
        var supervisor = agents.supervisor();
        var listener = current.settings().control();
        var control = new ControlVerticle(
                bus,
                fleets,
                audit,
                new AuditPages(vertx, database),
                database::available,
                operator,
                fabric::inboundToken,
                agents::logs,
                new VaultDesk(vault.store(), fleets::current),
                clock,
                ControlSettings.at(listener.host(), listener.port())
                        .within(
                                limits.headerBytes(),
                                limits.connections(),
                                Duration.ofSeconds(limits.headSeconds()),
                                Duration.ofSeconds(limits.slowClientSeconds()),
                                Duration.ofSeconds(limits.idleSeconds()),
                                Duration.ofSeconds(limits.keepAliveSeconds()),
                                Duration.ofSeconds(limits.readIdleSeconds())));
        var log = new HostLog(audit, fleets, tokens, database, clock);
        return deployAll(new Keeping(database, audit, current.settings(), clock).verticles())
                .compose(_ -> vault.open())
                .onSuccess(_ -> log.rewrapped(vault.rewrapped())) // also where the start fails after it
                .compose(_ -> deploy(() -> new BudgetVerticle(bus, database, ledger, audit, clock), 1))
                .compose(_ -> bus.ask(Budget.CONFIGURE, limitsOf(fleet)))
                .compose(_ ->
                        deploy(() -> new AclVerticle(bus, () -> fleets.current().policy()), 1))
                .compose(_ -> deployAll(fabric.verticles()))
                .compose(_ -> fabric.begin(current))
                .compose(_ -> serveOperator())
                .compose(_ -> deploy(() -> supervisor, 1))
                .compose(_ -> deploy(() -> new GatewayVerticle(gateway), loops))
                .compose(_ -> deploy(() -> control, 1))
                .map(_ -> {
                    parts = new Parts(database, log, fleets, fabric, gateway, control, supervisor, vault);
                    log.started(current);
                    return null;
                });
    }

    private Future<Void> deploy(Supplier<Deployable> verticle, int instances) {
        return vertx.deployVerticle(verticle, new DeploymentOptions().setInstances(instances))
                .onSuccess(deployments::addFirst)
                .mapEmpty();
    }

    private Future<Void> deployAll(List<Supplier<Deployable>> verticles) {
        Future<Void> done = Future.succeededFuture();
        for (Supplier<Deployable> verticle : verticles) {
            done = done.compose(_ -> deploy(verticle, 1));
        }
        return done;
    }

    /// The last part that came up goes first.
    private Future<Void> undeployAll() {
        Future<Void> done = Future.succeededFuture();
        for (String id : deployments) {
            done = done.eventually(() -> vertx.undeploy(id));
        }
        return done;
    }

    private Future<Void> close(Database database) {
        return vertx.executeBlocking(() -> {
                    database.close();
                    return database;
                })
                .mapEmpty();
    }

    private static Budget.Configure limitsOf(Fleet fleet) {
        Map<AgentId, Limits> limits = new LinkedHashMap<>();
        fleet.agents().forEach((id, agent) -> limits.put(id, agent.limits()));
        return new Budget.Configure(limits, fleet.fleetLimits());
    }

    private Future<?> serveOperator() {
        return Future.all(
                bus.serve(Control.RELOAD, _ -> reload()),
                bus.serve(Control.STOP, _ -> {
                    stop.run();
                    return Future.succeededFuture(new Control.Stopping());
                }),
                bus.serve(Control.STATUS, _ -> Future.succeededFuture(status())));
    }

    /// The mesh listens and says so: agents are started from now on.
    void startAgents() {
        running().supervisor().begin();
    }

    Bus bus() {
        return bus;
    }

    /// Reads the configuration again; makes it current as a whole, or refuses it as a whole.
    synchronized Future<Control.Reloaded> reload() {
        Future<Control.Reloaded> next = reloading
                .transform(_ -> vertx.executeBlocking(this::load))
                .compose(attempt -> swap(requireNonNull(attempt)));
        reloading = next.onFailure(cause -> LOG.log(Level.ERROR, "reload failed", cause));
        return next;
    }

    private record Attempt(@Nullable Loaded loaded, Problems problems) {}

    private Attempt load() {
        Problems problems = new Problems();
        var loaded = Configuration.load(home, environment, overrides, problems, clock.instant());
        return new Attempt(loaded.orElse(null), problems);
    }

    private Future<Control.Reloaded> swap(Attempt attempt) {
        Parts running = running();
        Loaded loaded = attempt.loaded();
        if (loaded == null) {
            running.log().refusedReload(attempt.problems().list().size());
            attempt.problems().list().forEach(problem -> LOG.log(Level.WARNING, "reload refused: {0}", problem));
            List<Control.Problem> problems = attempt.problems().list().stream()
                    .map(problem ->
                            new Control.Problem(problem.file(), problem.line(), problem.key(), problem.message()))
                    .toList();
            return Future.succeededFuture(
                    new Control.Reloaded(running.fleets().current().revision(), problems, List.of()));
        }
        return running.database().revisionFor(loaded.contentHash()).compose(revision -> {
            Fleet fleet;
            try {
                fleet = loaded.fleet(revision, tokens);
            } catch (IOException unreadable) {
                return Future.failedFuture(unreadable);
            }
            return prepare(running, loaded, fleet).compose(_ -> {
                running.fleets().swap(fleet);
                current = loaded;
                running.log().reloaded(loaded);
                LOG.log(Level.INFO, "reloaded revision={0}", revision);
                List<String> warnings = warnings();
                warnings.addAll(loaded.settings().needingRestart(started));
                return running.fabric().settle(loaded).transform((_, failed) -> {
                    if (failed != null) {
                        LOG.log(
                                Level.WARNING,
                                "not every owner knows the agents there are; they are told again",
                                failed);
                        warnings.add(
                                "not every part knows the agents and jobs yet; they are told again for half a minute");
                    }
                    return Future.succeededFuture(new Control.Reloaded(revision, List.of(), warnings));
                });
            });
        });
    }

    /// Everything that can fail, before anything is decided by the new fleet. Accounts and inboxes come first:
    /// a new agent that is known but has none would be refused as if it were gone. After a failure each owner is
    /// told again what it knew.
    private Future<?> prepare(Parts running, Loaded next, Fleet fleet) {
        Loaded before = current;
        Fleet old = running.fleets().current();
        return bus.ask(Budget.CONFIGURE, limitsOf(fleet))
                .compose(_ -> running.fabric().welcome(next))
                .compose(_ -> running.gateway().proves(next.settings().mesh()))
                .recover(cause -> bus.ask(Budget.CONFIGURE, limitsOf(old))
                        .eventually(() -> running.fabric().settle(before))
                        .transform(_ -> Future.failedFuture(cause)));
    }

    /// What the operator should know about the configuration and the files of the home.
    List<String> warnings() {
        Parts running = running();
        List<String> warnings =
                new ArrayList<>(current.warnings(running.fleets().current().vault()));
        warnings.addAll(running.vault().warnings());
        return warnings;
    }

    private Control.HostStatus status() {
        Parts running = running();
        String version = Mesh.class.getPackage().getImplementationVersion();
        return new Control.HostStatus(
                version == null ? "development" : version,
                ProcessHandle.current().pid(),
                startedAtMillis,
                started.mesh().scheme(),
                port(),
                controlPort(),
                current.settings().runtime().kind().key(),
                running.database().available(),
                running.gateway().open().intValue(),
                warnings());
    }

    /// Takes no new call, lets open ones end or cuts them, then flushes and closes.
    Future<Void> stop() {
        Parts running = running();
        running.gateway().draining().set(true);
        bus.publish(Drain.BEGUN, new Drain.Begun());
        running.log().stops();
        return drained(running).compose(_ -> undeployAll()).eventually(() -> close(running.database()));
    }

    /// Done when no call is open, or at the latest a little after the drain's own cut.
    private Future<Void> drained(Parts running) {
        Promise<Void> done = Promise.promise();
        long giveUp = vertx.setTimer((started.limits().drainSeconds() + 2) * 1000L, _ -> done.tryComplete());
        long look = vertx.setPeriodic(1, 20, _ -> {
            if (running.gateway().open().sum() == 0) {
                done.tryComplete();
            }
        });
        return done.future().onComplete(_ -> {
            vertx.cancelTimer(giveUp);
            vertx.cancelTimer(look);
        });
    }

    private Parts running() {
        Parts running = parts;
        if (running == null) {
            throw new IllegalStateException("the mesh has not started");
        }
        return running;
    }

    int port() {
        return running().gateway().port().get();
    }

    int controlPort() {
        return running().control().port();
    }

    long revision() {
        return running().fleets().current().revision();
    }
}
