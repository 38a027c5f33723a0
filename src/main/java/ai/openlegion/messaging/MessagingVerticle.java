package ai.openlegion.messaging;

import ai.openlegion.acl.Policy;
import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The owner of every inbox, subscription and registration. One instance, on an event loop.
public final class MessagingVerticle extends VerticleBase {

    private static final long TICKS_BETWEEN_FLUSHES = 10;
    private static final long TICKS_BETWEEN_SWEEPS = 300;

    private final Bus bus;
    private final Database database;
    private final Commits.Disk disk;
    private final Supplier<Policy> policy;
    private final InstantSource clock;
    private final InboxLimits limits;
    private @Nullable Desk desk;
    private final Unsettled unsettled;
    private Set<String> triggers = Set.of();
    private long ticks;

    /// @param policy the permissions in force, asked at each delivery
    public MessagingVerticle(
            Bus bus, Database database, Supplier<Policy> policy, InstantSource clock, InboxLimits limits) {
        this(bus, database, database::write, policy, clock, limits);
    }

    /// @param disk writes to the database
    MessagingVerticle(
            Bus bus,
            Database database,
            Commits.Disk disk,
            Supplier<Policy> policy,
            InstantSource clock,
            InboxLimits limits) {
        this.bus = bus;
        this.database = database;
        this.disk = disk;
        this.policy = policy;
        this.clock = clock;
        this.limits = limits;
        this.unsettled = new Unsettled(clock);
    }

    /// Reads everything back; from then on requests are served as soon as [Messaging#CONFIGURE] told which agents
    /// there are.
    @Override
    public Future<?> start() {
        Desk opened = new Desk(vertx, database, disk, policy, clock, limits);
        desk = opened;
        return opened.open().compose(_ -> serve(opened)).onSuccess(_ -> {
            long _ = vertx.setPeriodic(Readers.TICK_MILLIS, _ -> tick(opened));
        });
    }

    /// Stores what is under way; who waits is answered.
    @Override
    public Future<?> stop() {
        Desk open = desk;
        return open == null ? Future.succeededFuture() : open.close();
    }

    private Future<?> serve(Desk open) {
        var _ = bus.subscribe(Inbox.LEFT, open::left);
        return Future.join(List.of(
                bus.serve(Messaging.SEND, open::send),
                bus.serve(Messaging.PUBLISH, event -> publish(open, event)),
                bus.serve(Messaging.TRIGGER, this::trigger),
                bus.serve(Messaging.SUBSCRIBE, open::subscribe),
                bus.serve(Messaging.UNSUBSCRIBE, open::unsubscribe),
                bus.serve(Messaging.REGISTER, open::register),
                bus.serve(Messaging.DIRECTORY, _ -> open.directory()),
                bus.serve(Messaging.CONFIGURE, open::configure),
                bus.serve(Inbox.FETCH, open::fetch),
                bus.serve(Inbox.ACK, open::ack),
                bus.serve(Inbox.PUSHED, open::pushed),
                bus.serve(Inbox.READ, open::read)));
    }

    private Future<Messaging.Configured> trigger(Messaging.Trigger told) {
        triggers = told.topics();
        return Future.succeededFuture(new Messaging.Configured());
    }

    /// An event that sets something going is stored once there is room for that, and told once it is stored, also where
    /// no inbox had room for it; its publisher learns the outcome of both together.
    private Future<Messaging.Published> publish(Desk open, Messaging.Publish event) {
        if (!triggers.contains(event.topic())) {
            return open.publish(event, false);
        }
        return bus.ask(Messaging.EXPECTED, new Messaging.Expected(event.topic()))
                .compose(room -> room.done() ? store(open, event) : Future.succeededFuture(new Messaging.Unavailable()))
                .otherwise(new Messaging.Unavailable());
    }

    private Future<Messaging.Published> store(Desk open, Messaging.Publish event) {
        return open.publish(event, true).compose(published -> switch (published) {
            case Messaging.Unavailable _, Messaging.InboxFull _ -> Future.succeededFuture(published);
            case Messaging.Delivered delivered -> tell(event, delivered);
        });
    }

    private Future<Messaging.Published> tell(Messaging.Publish event, Messaging.Delivered delivered) {
        String key = event.key();
        String repeated = key == null ? unsettled.take(event) : key;
        String id = repeated == null ? delivered.id() : repeated;
        return bus.ask(Messaging.OCCURRED, new Messaging.Occurred(id, event.topic(), event.source(), event.payload()))
                .map(Messaging.Seen::done)
                .otherwise(false)
                .map(done -> {
                    if (done) {
                        return delivered;
                    }
                    if (key == null) {
                        unsettled.keep(event, id);
                    }
                    return new Messaging.Unavailable();
                });
    }

    private void tick(Desk open) {
        ticks++;
        open.tick();
        if (ticks % TICKS_BETWEEN_SWEEPS == 0) {
            open.sweep();
        }
        if (ticks % TICKS_BETWEEN_FLUSHES == 0) {
            open.flush();
        }
    }
}
