package ai.openlegion.messaging;

import ai.openlegion.acl.Policy;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where requests are taken in and answered.
///
/// A change is made in memory, stored in a batch with what else came meanwhile, and answered when it is durable; only
/// then may it be read. When it is not known whether a batch was stored, nothing is accepted until everything was read
/// back from the database: what it holds is what happened. What was durable before can be read all the while.
final class Desk implements Commits.Listener {

    private static final Logger LOG = System.getLogger("openlegion.messaging");
    private static final Messaging.Unavailable UNAVAILABLE = new Messaging.Unavailable();
    private static final Inbox.Unavailable UNREADABLE = new Inbox.Unavailable();
    private static final long RECOVERY_MILLIS = 250;
    private static final String MESH = "mesh";

    private final Vertx vertx;
    private final Database database;
    private final Commits.Disk disk;
    private final Supplier<Policy> policy;
    private final InstantSource clock;
    private final InboxLimits limits;
    private final ItemIds ids = new ItemIds();
    private final ItemReader reader;
    private final Commits commits;
    private final Readers readers;

    /// Agents that went while it is not known whether what they had is gone from the store.
    private final Set<AgentId> unremoved = new HashSet<>();

    private PostOffice office;
    private @Nullable Set<AgentId> agents;
    private boolean recovering;
    private boolean closed;

    /// @param disk writes to the database
    Desk(
            Vertx vertx,
            Database database,
            Commits.Disk disk,
            Supplier<Policy> policy,
            InstantSource clock,
            InboxLimits limits) {
        this.vertx = vertx;
        this.database = database;
        this.disk = disk;
        this.policy = policy;
        this.clock = clock;
        this.limits = limits;
        office = new PostOffice(limits, ids);
        reader = new ItemReader(database::reads);
        commits = new Commits(vertx, disk, this);
        readers = new Readers(() -> office, reader, clock, limits);
    }

    /// Reads everything back.
    Future<Void> open() {
        return load().mapEmpty();
    }

    /// Takes in nothing more; done when everything that was taken in is stored.
    Future<Void> close() {
        closed = true;
        readers.close();
        return commits.drained();
    }

    Future<Messaging.Sent> send(Messaging.Send ask) {
        return change(UNAVAILABLE, sender(ask), batch -> office.send(ask, clock.millis(), batch));
    }

    /// @param isHeard whether somebody else gets the event, too
    Future<Messaging.Published> publish(Messaging.Publish ask, boolean isHeard) {
        return change(
                UNAVAILABLE, ask.source(), batch -> office.publish(ask, isHeard, policy.get(), clock.millis(), batch));
    }

    Future<Messaging.Subscribed> subscribe(Messaging.Subscribe ask) {
        return changeOf(ask.agent(), UNAVAILABLE, (_, batch) -> office.subscribe(ask.agent(), ask.topic(), batch));
    }

    Future<Messaging.Subscribed> unsubscribe(Messaging.Unsubscribe ask) {
        return changeOf(ask.agent(), UNAVAILABLE, (_, batch) -> office.unsubscribe(ask.agent(), ask.topic(), batch));
    }

    Future<Messaging.Registered> register(Messaging.Register ask) {
        return changeOf(ask.agent(), UNAVAILABLE, (_, batch) -> {
            int left = office.register(ask, clock.millis(), batch);
            if (left > 0) {
                LOG.log(
                        Level.WARNING,
                        "a registration names more topics than an agent may have agent=" + ask.agent() + " left_out="
                                + left);
            }
            return new Messaging.Recorded();
        });
    }

    Future<Messaging.Directory> directory() {
        return Future.succeededFuture(agents == null ? UNAVAILABLE : office.directory());
    }

    Future<Inbox.Acked> ack(Inbox.Ack ask) {
        return changeOf(
                ask.agent(),
                UNREADABLE,
                (inbox, batch) -> office.ack(ask.agent(), inbox, ask.upTo(), clock.millis(), batch));
    }

    Future<Inbox.Noted> pushed(Inbox.Pushed ask) {
        InboxIndex inbox = office.inbox(ask.agent());
        if (inbox != null) {
            inbox.push(ask.seq());
            // goes with what is stored next: should it be lost, the item is pushed once more
            commits.gather().mark(ask.agent());
        }
        return Future.succeededFuture(new Inbox.Noted());
    }

    Future<Inbox.Fetched> fetch(Inbox.Fetch ask) {
        if (agents == null || closed) {
            return Future.succeededFuture(UNREADABLE);
        }
        Promise<Inbox.Fetched> answer = Promise.promise();
        readers.fetch(ask, answer);
        return answer.future();
    }

    void left(Inbox.Left left) {
        readers.leave(left);
    }

    Future<Inbox.Standing> read(Inbox.Read ask) {
        InboxIndex inbox = agents == null ? null : office.inbox(ask.agent());
        if (inbox == null) {
            return Future.succeededFuture(UNREADABLE);
        }
        if (!recovering) {
            office.expire(ask.agent(), inbox, clock.millis(), commits.gather());
        }
        return Future.succeededFuture(new Inbox.State(
                inbox.items(),
                inbox.reminders(),
                inbox.bytes(),
                inbox.acked(),
                inbox.pushedUpTo(),
                inbox.durable(),
                readers.count(ask.agent()),
                office.topics(ask.agent())));
    }

    /// In force at once; answered when what belonged to others is gone from the store, or will be after the next
    /// successful commit.
    Future<Messaging.Configured> configure(Messaging.Configure ask) {
        Set<AgentId> before = agents;
        agents = ask.agents();
        Messaging.Configured configured = new Messaging.Configured();
        if (recovering) {
            if (before != null) {
                // who is back by then has still lost what it had
                before.stream().filter(agent -> !ask.agents().contains(agent)).forEach(unremoved::add);
            }
            return Future.succeededFuture(configured);
        }
        Promise<Messaging.Configured> answer = Promise.promise();
        Batch batch = commits.gather();
        readers.wake(office.configure(ask.agents(), batch));
        commits.whenDone(batch, MESH, 0, _ -> answer.complete(configured));
        return answer.future();
    }

    /// Removes what has expired, also where nobody reads.
    void sweep() {
        if (!recovering) {
            office.expireAll(clock.millis(), commits.gather());
        }
    }

    /// Stores what had no hurry.
    void flush() {
        if (!recovering) {
            commits.flush();
        }
    }

    /// [Readers#TICK_MILLIS] went by.
    void tick() {
        readers.tick();
    }

    @Override
    public void sending(Batch batch) {
        batch.draw(office.marks(batch.marks()));
    }

    @Override
    public void committed(Batch batch) {
        // the senders hear of it first, then those who get it, but both in this turn
        Set<AgentId> told = office.committed(batch);
        batch.whenDone(_ -> readers.wake(told));
    }

    @Override
    public void failed(List<Batch> batches, Throwable cause) {
        batches.forEach(batch -> unremoved.addAll(batch.removedAgents()));
        recovering = true;
        LOG.log(Level.ERROR, "messages were not stored batches=" + batches.size() + " cause=" + cause.getMessage());
        recover();
    }

    private void recover() {
        // once this is durable, no earlier commit is in doubt any more
        disk.write(ItemTable.nothing())
                .compose(_ -> closed ? Future.<Long>failedFuture("closed") : load())
                .onSuccess(items -> LOG.log(Level.INFO, "inboxes were read anew items=" + items))
                .onFailure(_ -> {
                    if (!closed) {
                        long _ = vertx.setTimer(RECOVERY_MILLIS, _ -> recover());
                    }
                });
    }

    private Future<Long> load() {
        PostOffice fresh = new PostOffice(limits, ids);
        List<Long> orphans = new ArrayList<>();
        return reader.load()
                .compose(stored -> {
                    fresh.restore(stored, office.nextRow());
                    return reader.loadRows(row -> {
                        if (!fresh.restore(row)) {
                            orphans.add(row.id());
                        }
                    });
                })
                .map(items -> {
                    begin(fresh, orphans);
                    return items;
                });
    }

    private void begin(PostOffice fresh, List<Long> orphans) {
        Batch batch = commits.gather();
        orphans.forEach(batch::delete);
        unremoved.forEach(agent -> fresh.remove(agent, batch));
        unremoved.clear();
        office = fresh;
        recovering = false;
        Set<AgentId> known = agents;
        if (known != null) {
            var _ = fresh.configure(known, batch);
        }
        commits.flush();
        readers.wakeAll();
    }

    private <R> Future<R> changeOf(AgentId agent, R unavailable, BiFunction<InboxIndex, Batch, R> change) {
        InboxIndex inbox = office.inbox(agent);
        return inbox == null
                ? Future.succeededFuture(unavailable)
                : change(unavailable, agent.value(), batch -> change.apply(inbox, batch));
    }

    /* What the mesh sends is caused by many: what it sends one agent must not keep out what it sends another. */
    private static String sender(Messaging.Send ask) {
        return ask.from().equals(MESH) ? MESH + " " + ask.kind() + " " + ask.to() : ask.from();
    }

    private <R> Future<R> change(R unavailable, String sender, Function<Batch, R> change) {
        Batch batch = agents == null || recovering || closed || !database.available() ? null : commits.open(sender);
        if (batch == null) {
            return Future.succeededFuture(unavailable);
        }
        long before = batch.bytes();
        R answer = change.apply(batch);
        Promise<R> promise = Promise.promise();
        commits.whenDone(
                batch, sender, batch.bytes() - before, stored -> promise.complete(stored ? answer : unavailable));
        return promise.future();
    }
}
