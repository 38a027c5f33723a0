package ai.openlegion.blackboard;

import ai.openlegion.acl.Glob;
import ai.openlegion.acl.Policy;
import ai.openlegion.blackboard.Blackboard.Absent;
import ai.openlegion.blackboard.Blackboard.Change;
import ai.openlegion.blackboard.Blackboard.Changed;
import ai.openlegion.blackboard.Blackboard.Configured;
import ai.openlegion.blackboard.Blackboard.Deleted;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.Blackboard.Listed;
import ai.openlegion.blackboard.Blackboard.Lookup;
import ai.openlegion.blackboard.Blackboard.Matched;
import ai.openlegion.blackboard.Blackboard.Matches;
import ai.openlegion.blackboard.Blackboard.Outcome;
import ai.openlegion.blackboard.Blackboard.Present;
import ai.openlegion.blackboard.Blackboard.Stored;
import ai.openlegion.blackboard.Blackboard.TooManyWatches;
import ai.openlegion.blackboard.Blackboard.Unavailable;
import ai.openlegion.blackboard.Blackboard.Watched;
import ai.openlegion.blackboard.Blackboard.Watching;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Timer;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The owner of the blackboard: serves [Blackboard] from the store, with what is read often in memory.
///
/// Each write is one unit of work on the store's writer, which decides in the order of its commits: of any number of
/// claims at once one wins. Its author has the answer when it is durable, and, if it is watched, when the notices are
/// in
/// their inboxes or cannot be for a while.
public final class BlackboardVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.blackboard");

    /// Removed keys whose versions are remembered; see [EntryTable].
    private static final int REMOVED_KEPT = 10_000;

    private static final long CLEAN_MILLIS = 10_000;
    private static final long QUIET_MILLIS = 10_000;

    /// How long an author waits for the notices of a write: less than the asker's own patience.
    private static final long NOTICES_MILLIS = 2_000;

    private final Bus bus;
    private final Database database;
    private final Supplier<Policy> policy;
    private final InstantSource clock;
    private final BoardLimits limits;
    private final int removedKept;
    private final BoardTable table;
    private final EntryReader reader;
    private final EntryCache cache;
    private final Watches watches = new Watches();
    private final Notices notices;
    private final Turns turns = new Turns();
    private final InFlight inFlight = new InFlight();
    private long complainedAtMillis;

    /// Whether a write to be told of failed in a way that leaves open whether it happened.
    private boolean doubtful;

    /// The agents of the fleet, as last told; null = nobody told yet.
    private @Nullable Set<AgentId> agents;

    public BlackboardVerticle(
            Bus bus, Database database, Supplier<Policy> policy, InstantSource clock, BoardLimits limits) {
        this(bus, database, policy, clock, limits, REMOVED_KEPT);
    }

    BlackboardVerticle(
            Bus bus,
            Database database,
            Supplier<Policy> policy,
            InstantSource clock,
            BoardLimits limits,
            int removedKept) {
        this.bus = bus;
        this.database = database;
        this.policy = policy;
        this.clock = clock;
        this.limits = limits;
        this.removedKept = removedKept;
        table = new BoardTable(clock, limits, removedKept);
        reader = new EntryReader(database.reads());
        cache = new EntryCache(limits.cachedBytes(), database::available);
        notices = new Notices(bus, policy, items -> database.write(table.told(items)), this::pause);
    }

    @Override
    public Future<?> start() {
        return database.write(BoardTable.left())
                .onSuccess(left -> {
                    left.watches().forEach(watches::stands);
                    left.notices().forEach(notice -> {
                        var _ = notices.deliver(notice);
                    });
                    cleanLater();
                })
                .compose(_ -> Future.join(List.of(
                        bus.serve(Blackboard.GET, this::get),
                        bus.serve(Blackboard.PUT, put -> write(Attempt.of(put))),
                        bus.serve(Blackboard.CLAIM, claim -> write(Attempt.of(claim))),
                        bus.serve(Blackboard.DELETE, delete -> write(Attempt.of(delete))),
                        bus.serve(Blackboard.LIST, this::list),
                        bus.serve(Blackboard.MATCH, this::match),
                        bus.serve(Blackboard.WATCH, this::watch),
                        bus.serve(Blackboard.CONFIGURE, this::configure))));
    }

    private Future<Lookup> get(Blackboard.Get question) {
        return read(cache.get(question.key(), reader::entry).map(this::lookup), new Unavailable());
    }

    private Lookup lookup(Optional<Entry> found) {
        return found.isEmpty() || Expiry.isOver(found.get(), clock.millis()) ? new Absent() : new Present(found.get());
    }

    private Future<Outcome> write(Attempt attempt) {
        List<AgentId> recipients = watches.of(attempt.key(), attempt.author(), policy.get());
        if (!recipients.isEmpty() && notices.tooMany(attempt.author())) {
            return Future.succeededFuture(new Unavailable());
        }
        if (!inFlight.enter(attempt)) {
            return Future.succeededFuture(new Unavailable());
        }
        return commit(attempt, recipients).onComplete(_ -> inFlight.leave(attempt));
    }

    private Future<Outcome> commit(Attempt attempt, List<AgentId> recipients) {
        return database.write(table.write(attempt, recipients, recipients.isEmpty() ? "" : notices.newItem()))
                .transform((done, failure) -> {
                    if (failure != null) {
                        cache.forget(attempt.key());
                        doubtful |= !recipients.isEmpty() && mayHaveHappened(failure);
                        return unavailable(failure, new Unavailable());
                    }
                    note(attempt, done.outcome());
                    settleDoubt();
                    return told(done.notice()).map(done.outcome());
                });
    }

    /// Delivers what a write left in the store though its author heard that it failed. Whatever was written before this
    /// is read has had its answer, and its notice its delivery, before this has its own.
    private void settleDoubt() {
        if (!doubtful) {
            return;
        }
        doubtful = false;
        database.write(BoardTable.untold()).onFailure(_ -> doubtful = true).onSuccess(found -> {
            for (Notice notice : found) {
                if (!notices.holds(notice)) {
                    var _ = notices.deliver(notice);
                }
            }
        });
    }

    private static boolean mayHaveHappened(Throwable failure) {
        return failure instanceof StoreException store
                && switch (store.reason()) {
                    case DISK_FULL, LOCKED, READ_ONLY, IO_ERROR, CORRUPT -> true;
                    case QUEUE_FULL, UNAVAILABLE, CLOSED, NEWER_SCHEMA, REJECTED -> false;
                };
    }

    private void note(Attempt attempt, Outcome outcome) {
        switch (outcome) {
            case Stored(Entry entry) -> {
                cache.written(entry.key(), Optional.of(entry));
                publish(attempt, entry.version());
            }
            case Deleted(long version) -> {
                cache.written(attempt.key(), Optional.empty());
                publish(attempt, version);
            }
            case Absent _, Blackboard.Conflict _, Blackboard.AppendOnly _, Blackboard.Full _, Unavailable _ -> {}
        }
    }

    private void publish(Attempt attempt, long version) {
        Change change = attempt.change();
        bus.publish(Blackboard.CHANGED, new Changed(attempt.key(), version, attempt.author(), change));
    }

    /// Done when a notice is where it belongs, or when that takes too long to wait for.
    private Future<Void> told(@Nullable Notice notice) {
        if (notice == null) {
            return Future.succeededFuture();
        }
        Timer patience = vertx.timer(NOTICES_MILLIS, TimeUnit.MILLISECONDS);
        return Future.any(notices.deliver(notice), patience).transform(_ -> {
            boolean _ = patience.cancel();
            return Future.succeededFuture();
        });
    }

    private Future<Void> pause(long millis) {
        return vertx.timer(millis, TimeUnit.MILLISECONDS);
    }

    private Future<Listed> list(Blackboard.ListEntries question) {
        AgentId asker = question.reader();
        return asker == null ? page(question) : turns.take(asker, () -> page(question), new Unavailable());
    }

    private Future<Listed> page(Blackboard.ListEntries question) {
        String prefix = question.prefix();
        KeyRange part = KeyRange.startingWith(prefix);
        String after = question.after();
        Scan scan = Scan.over(
                after == null ? part : part.after(after),
                question.reader(),
                policy.get(),
                key -> key.startsWith(prefix),
                reader,
                clock);
        return read(scan.page(question.limit()), new Unavailable());
    }

    private Future<Matched> match(Blackboard.Match question) {
        return turns.take(question.reader(), () -> any(question), new Unavailable());
    }

    private Future<Matched> any(Blackboard.Match question) {
        Glob glob = Glob.compile(question.pattern());
        Scan scan = Scan.over(
                KeyRange.of(question.pattern()), question.reader(), policy.get(), glob::matches, reader, clock);
        return read(scan.any().map(Matches::new), new Unavailable());
    }

    private Future<Watching> watch(Blackboard.Watch watch) {
        if (isGone(watch.agent())) {
            return Future.succeededFuture(new Unavailable());
        }
        watches.begin(watch);
        return database.write(table.watch(watch)).transform((added, failure) -> {
            if (failure != null) {
                watches.withdraw(watch);
                return unavailable(failure, new Unavailable());
            }
            if (!added) {
                watches.withdraw(watch);
                return Future.succeededFuture(new TooManyWatches(limits.watches()));
            }
            watches.stands(watch);
            if (isGone(watch.agent())) {
                return unwatch(Set.of(watch.agent()))
                        .transform((_, fault) -> fault == null
                                ? Future.succeededFuture(new Unavailable())
                                : unavailable(fault, new Unavailable()));
            }
            return Future.succeededFuture(new Watched());
        });
    }

    private Future<Configured> configure(Blackboard.Configure question) {
        agents = question.agents();
        Set<AgentId> gone = new HashSet<>(watches.agents());
        gone.removeAll(question.agents());
        if (gone.isEmpty()) {
            return Future.succeededFuture(new Configured());
        }
        return unwatch(gone).map(new Configured());
    }

    /// Forgets what agents watched; those of whom that fails are asked about again with the next
    /// [Blackboard.Configure].
    private Future<Boolean> unwatch(Set<AgentId> gone) {
        return database.write(table.unwatch(gone)).onSuccess(_ -> watches.drop(gone));
    }

    private boolean isGone(AgentId agent) {
        Set<AgentId> fleet = agents;
        return fleet != null && !fleet.contains(agent);
    }

    private void cleanLater() {
        long _ = vertx.setTimer(CLEAN_MILLIS, _ -> clean().onComplete(_ -> cleanLater()));
    }

    /// Clears away what nobody sees any more; asks the readers first, for a write costs a commit.
    Future<Boolean> clean() {
        return reader.anythingOver(clock.millis(), removedKept)
                .compose(any -> any ? database.write(table.clean()) : Future.succeededFuture(false))
                .compose(more -> more ? clean() : Future.succeededFuture(false));
    }

    private <T> Future<T> read(Future<? extends T> answer, T unavailable) {
        return answer.transform((found, failure) -> {
            if (failure == null) {
                return Future.succeededFuture(found);
            }
            long now = clock.millis();
            if (Math.abs(now - complainedAtMillis) >= QUIET_MILLIS) {
                complainedAtMillis = now; // a disk that fails is not to flood the log
                LOG.log(Level.WARNING, "the blackboard cannot be read detail=" + failure.getMessage());
            }
            return Future.succeededFuture(unavailable);
        });
    }

    // A fault of the store is an answer; a write that it rejects, or anything else, is a bug and fails.
    private static <T> Future<T> unavailable(Throwable failure, T unavailable) {
        return failure instanceof StoreException store && store.reason() != StoreException.Reason.REJECTED
                ? Future.succeededFuture(unavailable)
                : Future.failedFuture(failure);
    }
}
