package ai.openlegion.vault;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.store.StoreException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The one owner of the credentials that are set while the mesh runs: sealed on the disk, opened in memory.
///
/// Thread-safe. Changes happen one after another, and each answers, on its caller's context, once it is durable and
/// holds.
public final class CredentialStore {

    /// The most that one agent has stored.
    public static final int AGENT_VALUES = 64;

    /// The most that all agents together, and the most that the operator has stored.
    public static final int ALL_VALUES = 1_000;

    private static final Logger LOG = System.getLogger("openlegion.vault");

    private final Vertx vertx;
    private final Database database;
    private final MasterKeys keys;
    private final InstantSource clock;
    private final Supplier<Vault> now;
    private final Consumer<Map<String, Stored>> told;
    private final SecretTable table = new SecretTable();
    private final Set<AgentId> waiting = ConcurrentHashMap.newKeySet();

    private Future<?> turn = Future.succeededFuture();

    // Written within a turn only.
    private volatile Map<String, Stored> stored = Map.of();
    private volatile Map<String, Fault> faults = Map.of();
    private volatile boolean doubtful;

    /// What became of a change.
    public sealed interface Outcome {

        /// It is done, and durable.
        ///
        /// @param replaced whether another value of that name was there
        record Done(boolean replaced) implements Outcome {}

        /// The environment or `.env` sets the name, where alone it can be changed.
        record Given(Vault.Source source) implements Outcome {}

        /// The name is the operator's, or another agent's.
        record Held(boolean byOperator) implements Outcome {}

        /// There are as many values as there may be.
        ///
        /// @param ofAgent whether the one agent's limit is met, not that of all
        record TooMany(int limit, boolean ofAgent) implements Outcome {}

        /// Nothing is stored under the name.
        record Unknown() implements Outcome {}

        /// The agent's change before is not done yet.
        record Busy() implements Outcome {}

        /// A new master key holds, and everything that is stored is under it.
        ///
        /// @param keyId the first 8 bytes of its SHA-256 in hex
        record Rotated(String keyId, int count) implements Outcome {}

        /// The master key is the environment's, where alone it can be replaced.
        record KeyInEnvironment() implements Outcome {}

        /// Something stored does not open; says what and why.
        record Faulty(String why) implements Outcome {}

        /// It could not be made durable, for all that is known.
        record Unavailable(String why) implements Outcome {}
    }

    /// Something stored that does not open.
    ///
    /// @param why a sentence with the name and what to do
    public record Fault(String name, String storedBy, long storedMillis, String why) {}

    /// What was found on the disk.
    ///
    /// @param faults empty, or nothing may be opened for use
    /// @param rewrapped how many values had to be put under the current master key
    public record Opened(int count, List<Fault> faults, int rewrapped) {
        public Opened {
            faults = List.copyOf(faults);
        }
    }

    /// @param now the vault that holds now, for what the environment and `.env` set
    /// @param told what is stored from now on, by name; on any thread, one after another
    public CredentialStore(
            Vertx vertx,
            Database database,
            MasterKeys keys,
            InstantSource clock,
            Supplier<Vault> now,
            Consumer<Map<String, Stored>> told) {
        this.vertx = vertx;
        this.database = database;
        this.keys = keys;
        this.clock = clock;
        this.now = now;
        this.told = told;
    }

    /// Opens what is stored. Where all of it opens, what a rotation that broke off left under another master key is
    /// put under the current one.
    public Future<Opened> open() {
        return inTurn(() -> read().compose(found -> {
            if (!faults.isEmpty()) {
                return Future.succeededFuture(new Opened(found.size(), List.copyOf(faults.values()), 0));
            }
            return rewrapAll().map(count -> new Opened(found.size(), List.of(), count));
        }));
    }

    /// Opens what is stored for a look, and leaves everything on the disk and in the key file as it is.
    public Future<Opened> look() {
        return inTurn(() -> read().map(found -> new Opened(found.size(), List.copyOf(faults.values()), 0)));
    }

    /// What is stored and opens, by name.
    public Map<String, Stored> stored() {
        return stored;
    }

    /// What is stored and does not open.
    public List<Fault> faults() {
        return List.copyOf(faults.values());
    }

    /// Where the current master key is, or would be made.
    public String keyPlace() {
        return keys.place();
    }

    /// Stores the operator's value, in the place of whatever is stored under its name.
    ///
    /// @param name and value as [CredentialRules] has them
    public Future<Outcome> set(String name, Secret value) {
        return changing(() -> put(name, new Stored(value, Stored.OPERATOR, clock.millis())));
    }

    /// Stores an agent's value, in the place of its own one of that name only.
    ///
    /// @param owner to whom it belongs: the agent, or the one that spawned it
    public Future<Outcome> store(AgentId owner, String name, Secret value) {
        if (!waiting.add(owner)) {
            return Future.succeededFuture(new Outcome.Busy());
        }
        return changing(() -> put(name, new Stored(value, owner.value(), clock.millis())))
                .onComplete(_ -> waiting.remove(owner));
    }

    /// Forgets what is stored under a name, whoever stored it, and also where it does not open.
    public Future<Outcome> remove(String name) {
        return changing(() -> {
            if (!stored.containsKey(name) && !faults.containsKey(name)) {
                Optional<Outcome> given = given(name);
                return Future.succeededFuture(given.orElseGet(Outcome.Unknown::new));
            }
            return database.write(connection -> table.remove(connection, name)).compose(_ -> {
                Map<String, Fault> left = new TreeMap<>(faults);
                left.remove(name);
                faults = Collections.unmodifiableMap(left);
                Map<String, Stored> after = new TreeMap<>(stored);
                after.remove(name);
                return becoming(after, new Outcome.Done(true));
            });
        });
    }

    /// Puts everything that is stored under a new master key, and forgets the old one. A crash anywhere leaves all of
    /// it readable: until the end the file holds both keys.
    public Future<Outcome> rotate() {
        return changing(() -> {
            if (keys.isInEnvironment()) {
                return Future.succeededFuture(new Outcome.KeyInEnvironment());
            }
            return read().compose(_ -> {
                Optional<Outcome> faulty = faulty("");
                if (faulty.isPresent()) {
                    return Future.succeededFuture(faulty.get());
                }
                return vertx.executeBlocking(keys::begin)
                        .compose(next -> rewrapAll().map(count -> new Outcome.Rotated(next.id(), count)));
            });
        });
    }

    private Future<Outcome> put(String name, Stored value) {
        Optional<Outcome> refusal = refusal(name, value);
        if (refusal.isPresent()) {
            return Future.succeededFuture(refusal.get());
        }
        boolean replaced = stored.containsKey(name);
        if (isThere(name, value)) {
            return Future.succeededFuture(new Outcome.Done(true)); // a new vault would be a new search for everybody
        }
        return vertx.executeBlocking(() -> SealedCredential.seal(name, value, keys.demand()))
                .compose(row -> database.write(connection -> table.put(connection, List.of(row))))
                .compose(_ -> {
                    Map<String, Stored> after = new TreeMap<>(stored);
                    after.put(name, value);
                    faults = Map.of();
                    return becoming(after, new Outcome.Done(replaced));
                });
    }

    private boolean isThere(String name, Stored value) {
        Stored there = stored.get(name);
        return there != null && there.by().equals(value.by()) && there.value().equals(value.value());
    }

    private Optional<Outcome> refusal(String name, Stored value) {
        Optional<Outcome> first = given(name).or(() -> faulty(name));
        Stored there = stored.get(name);
        if (first.isPresent() || (there != null && there.by().equals(value.by()))) {
            return first;
        }
        if (there != null && !value.isOperators()) {
            return Optional.of(new Outcome.Held(there.isOperators()));
        }
        long same = stored.values().stream()
                .filter(each -> each.isOperators() == value.isOperators())
                .count();
        long own = stored.values().stream()
                .filter(each -> each.by().equals(value.by()))
                .count();
        if (!value.isOperators() && own >= AGENT_VALUES) {
            return Optional.of(new Outcome.TooMany(AGENT_VALUES, true));
        }
        return same >= ALL_VALUES ? Optional.of(new Outcome.TooMany(ALL_VALUES, false)) : Optional.empty();
    }

    private Optional<Outcome> given(String name) {
        return now.get()
                .source(name)
                .filter(source -> source == Vault.Source.ENVIRONMENT || source == Vault.Source.ENV_FILE)
                .map(Outcome.Given::new);
    }

    /// Why nothing may be sealed now; what does not open under this name is no reason, since it is replaced.
    private Optional<Outcome> faulty(String replaced) {
        return faults.values().stream()
                .filter(fault -> !fault.name().equals(replaced))
                .findFirst()
                .map(fault -> new Outcome.Faulty(fault.why()));
    }

    /// Reads and opens everything that is on the disk; what opens is what is stored from then on.
    private Future<List<SealedCredential>> read() {
        return database.write(table::all)
                .compose(found -> vertx.executeBlocking(() -> {
                    Map<String, Stored> opened = new TreeMap<>();
                    Map<String, Fault> broken = new TreeMap<>();
                    for (SealedCredential each : found) {
                        Optional<MasterKey> key = keys.find(each.keyId());
                        key.flatMap(each::open)
                                .ifPresentOrElse(
                                        value -> opened.put(each.name(), value),
                                        () -> broken.put(each.name(), fault(each, key.isPresent(), found)));
                    }
                    faults = Collections.unmodifiableMap(broken);
                    doubtful = false;
                    become(opened);
                    return found;
                }));
    }

    private Fault fault(SealedCredential broken, boolean isKeyThere, List<SealedCredential> all) {
        String name = shown(broken.name());
        long fellows =
                all.stream().filter(each -> each.keyId().equals(broken.keyId())).count();
        String why = isKeyThere
                ? "the stored credential " + name + " was altered or damaged in the database: its seal does not hold;"
                        + " restore it, or remove it with: openlegion vault rm " + name
                : "the master key " + shown(broken.keyId()) + " is missing, under which "
                        + (fellows == 1 ? "the stored credential " + name + " is" : fellows + " stored credentials are")
                        + " (" + name + "): it is neither in " + keys.places() + "; put it back, or remove what it"
                        + " sealed with: openlegion vault rm NAME";
        return new Fault(broken.name(), shown(broken.storedBy()), broken.storedMillis(), why);
    }

    /// Puts what is under another master key under the current one, which then is the only one that is kept.
    private Future<Integer> rewrapAll() {
        Optional<MasterKey> current = keys.current();
        if (current.isEmpty()) {
            return Future.succeededFuture(0);
        }
        return database.write(connection -> {
                    List<SealedCredential> moved = rewrapped(table.all(connection), current.get());
                    var _ = table.put(connection, moved);
                    return moved.size();
                })
                .compose(count -> vertx.executeBlocking(() -> {
                    keys.end();
                    return count;
                }));
    }

    private List<SealedCredential> rewrapped(List<SealedCredential> all, MasterKey current) {
        List<SealedCredential> moved = new ArrayList<>();
        for (SealedCredential each : all) {
            if (!each.keyId().equals(current.id())) {
                moved.add(keys.find(each.keyId())
                        .flatMap(old -> each.rewrap(old, current))
                        .orElseThrow(() -> new VaultException(
                                "the stored credential " + shown(each.name()) + " cannot be opened any more")));
            }
        }
        return moved;
    }

    /// Not on the event loop: who is told makes searches of it.
    private Future<Outcome> becoming(Map<String, Stored> after, Outcome outcome) {
        return vertx.executeBlocking(() -> {
                    become(after);
                    return true;
                })
                .map(_ -> outcome);
    }

    private void become(Map<String, Stored> after) {
        stored = Map.copyOf(after);
        told.accept(stored);
    }

    /// A change in its turn; after one of which nobody knows whether it happened, the disk is asked first.
    private Future<Outcome> changing(Supplier<Future<Outcome>> change) {
        return inTurn(() -> (doubtful ? read().mapEmpty() : Future.<Void>succeededFuture())
                .compose(_ -> change.get())
                .recover(this::failed));
    }

    private Future<Outcome> failed(Throwable cause) {
        if (cause instanceof StoreException || cause instanceof VaultException) {
            doubtful = true;
            LOG.log(Level.WARNING, "vault not changed detail=" + cause.getMessage());
            return Future.succeededFuture(new Outcome.Unavailable(String.valueOf(cause.getMessage())));
        }
        return Future.failedFuture(cause);
    }

    private synchronized <T> Future<T> inTurn(Supplier<Future<T>> change) {
        Context caller = vertx.getOrCreateContext();
        Promise<T> answer = Promise.promise();
        Future<T> next = turn.transform(_ -> change.get());
        turn = next;
        var _ = next.onComplete(
                result -> caller.runOnContext(_ -> answer.complete(result)),
                cause -> caller.runOnContext(_ -> answer.fail(cause)));
        return answer.future();
    }

    /// A text of the database that somebody may have altered, so that it can steer nothing where it is printed.
    private static String shown(String text) {
        String plain = text.replaceAll("[^A-Za-z0-9_-]", "?");
        return plain.length() <= CredentialRules.NAME_CHARS ? plain : plain.substring(0, CredentialRules.NAME_CHARS);
    }
}
