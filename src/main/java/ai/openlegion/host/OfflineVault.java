package ai.openlegion.host;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.AuditSettings;
import ai.openlegion.audit.CheckpointVerticle;
import ai.openlegion.bus.Bus;
import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problems;
import ai.openlegion.control.VaultDesk;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.Tokens;
import ai.openlegion.store.Database;
import ai.openlegion.store.StoreException;
import ai.openlegion.vault.CredentialRules;
import ai.openlegion.vault.CredentialStore;
import ai.openlegion.vault.VaultException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// The vault of a home on which no mesh runs: it takes the home's lock for one order, and audits it, signed.
public final class OfflineVault {

    private static final int PATIENCE_SECONDS = 60;

    private final Home home;
    private final Map<String, String> environment;
    private final InstantSource clock;

    public OfflineVault(Home home, Map<String, String> environment) {
        this(home, environment, InstantSource.system());
    }

    OfflineVault(Home home, Map<String, String> environment, InstantSource clock) {
        this.home = home;
        this.environment = environment;
        this.clock = clock;
    }

    /// What became of an order, as the control listener would tell it.
    ///
    /// @param status as of HTTP
    /// @param body JSON; of a refusal with `detail`
    public record Told(int status, String body) {}

    /// The names of all credentials; also of those that do not open.
    ///
    /// @throws StartException when the home cannot be used: another process has it, its configuration is wrong, its
    ///     database or master key is damaged
    public Told list() throws StartException {
        return order("", "", desk -> Future.succeededFuture(desk.list()));
    }

    /// Stores a value under a name; see [#list] for what it throws.
    public Told set(String name, String value) throws StartException {
        return order("vault.set", shown(name), desk -> desk.set(name, value));
    }

    /// Forgets what is stored under a name; see [#list] for what it throws.
    public Told remove(String name) throws StartException {
        return order("vault.remove", shown(name), desk -> desk.remove(name));
    }

    /// Puts everything that is stored under a new master key; see [#list] for what it throws.
    public Told rotate() throws StartException {
        return order("vault.rotate", "master key", VaultDesk::rotate);
    }

    private static String shown(String name) {
        return CredentialRules.name(name).orElse(""); // somebody may have typed a value instead
    }

    /// @param action and resource as the audit has them; empty for one that changes nothing
    private Told order(String action, String resource, Function<VaultDesk, Future<VaultDesk.Told>> order)
            throws StartException {
        if (!Files.isDirectory(home.root())) {
            throw new StartException(
                    1, "there is no home " + home.root() + "; openlegion init makes one, or name another with --home");
        }
        Problems problems = new Problems();
        Loaded loaded = Configuration.load(home, environment, Overrides.NONE, problems)
                .orElseThrow(() -> new StartException(
                        2,
                        "the configuration is not valid; see its problems with: openlegion check --home "
                                + home.root()));
        try {
            MeshHost.prepare(home.data());
            try (HomeLock _ = HomeLock.take(home.data())) {
                Vertx vertx = Vertx.vertx();
                try (Database database = Database.open(loaded.settings().databaseFile(), vertx)) {
                    return in(vertx, database, loaded, action, resource, order);
                } finally {
                    var _ = vertx.close().await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }
            }
        } catch (IOException | StoreException | VaultException unusable) {
            throw new StartException(1, String.valueOf(unusable.getMessage()));
        } catch (TimeoutException late) {
            throw new StartException(1, "the database did not answer within " + PATIENCE_SECONDS + " seconds");
        }
    }

    private Told in(
            Vertx vertx,
            Database database,
            Loaded loaded,
            String action,
            String resource,
            Function<VaultDesk, Future<VaultDesk.Told>> order)
            throws IOException, TimeoutException, StartException {
        var bus = new Bus(vertx);
        long revision = database.revisionFor(loaded.contentHash()).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        var fleets = new FleetRegistry(bus, loaded.fleet(revision, Tokens.open(home.data())));
        var audit = AuditLog.open(database, bus);
        var vault = new VaultParts(vertx, database, environment, loaded.settings(), fleets, clock);
        var desk = new VaultDesk(vault.store(), fleets::current);
        // what does not open is told with the list, and may be removed or replaced
        if (action.isEmpty()) {
            var _ = vault.store().look().await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return told(order.apply(desk).await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
        // What nobody signed could be made anew until the next start. An order is no time to shorten the log: 0 days.
        AuditSettings signed = loaded.settings().audit();
        String signer = vertx.deployVerticle(new CheckpointVerticle(
                        database, audit, new AuditSettings(signed.keyFile(), signed.checkpoints(), 0), clock))
                .await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        try {
            return changed(vault, desk, new Trail(database, audit, clock, revision), action, resource, order);
        } finally {
            var _ = vertx.undeploy(signer).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static Told changed(
            VaultParts vault,
            VaultDesk desk,
            Trail trail,
            String action,
            String resource,
            Function<VaultDesk, Future<VaultDesk.Told>> order)
            throws TimeoutException, StartException {
        trail.add(action, resource, "allowed"); // before anything changes: a crash leaves no change without an entry
        CredentialStore.Opened opened = vault.store().open().await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (opened.rewrapped() > 0) {
            trail.add("vault.rotate", opened.rewrapped() + " stored credentials", "done");
        }
        VaultDesk.Told told = order.apply(desk).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!told.resource().equals(resource) || !told.decision().equals("allowed")) {
            trail.add(action, told.resource(), told.decision());
        }
        return told(told);
    }

    private static Told told(VaultDesk.Told told) {
        return new Told(told.status(), told.body());
    }

    /// What becomes of an order in the audit.
    private record Trail(Database database, AuditLog audit, InstantSource clock, long revision) {

        /// Returns once the entry is durable.
        void add(String action, String resource, String decision) throws StartException, TimeoutException {
            var entry = new AuditEntry(
                    clock.millis(), "operator", action, resource, decision, "home lock", revision, "", "", 0);
            boolean queued = audit.accepting() && audit.offer(entry);
            if (queued) {
                // what is queued goes with the next commit, and one that fails makes the database unavailable
                var _ = database.write(_ -> true).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            if (!queued || !database.available()) {
                throw new StartException(1, "not recorded in the audit, which cannot be written: " + action);
            }
        }
    }
}
