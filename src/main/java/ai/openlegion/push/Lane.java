package ai.openlegion.push;

import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.task.Tasks;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// One agent's way out: its inbox, pushed item by item in order, one under way at a time.
///
/// Everything happens on the event loop of its verticle. An item that waits for another attempt is not kept but fetched
/// again, so one that was pulled or has expired meanwhile is not pushed. A task that its agent is too busy for waits
/// aside: what follows it arrives.
final class Lane {

    private static final Logger LOG = System.getLogger("openlegion.push");

    private final Vertx vertx;
    private final Bus bus;
    private final Courier courier;
    private final InstantSource clock;
    private final PushSettings settings;
    private final AgentId agent;
    private final String reader;

    private Address address;
    /// The place of the last item dealt with; below 0 = not known yet.
    private long cursor = -1;
    /// The item that `attempts` were made at.
    private long head;
    private Attempts attempts = Attempts.NONE;
    private long downSinceMillis = -1;
    private @Nullable Pause pause;
    private boolean closed;
    private final Aside aside;

    private record Pause(long timer, Runnable then) {}

    /// @param reader names this lane among all readers of inboxes
    Lane(
            Vertx vertx,
            Bus bus,
            Courier courier,
            InstantSource clock,
            PushSettings settings,
            AgentId agent,
            Address address,
            String reader) {
        this.vertx = vertx;
        this.bus = bus;
        this.courier = courier;
        this.clock = clock;
        this.settings = settings;
        this.agent = agent;
        this.address = address;
        this.reader = reader;
        aside = new Aside(vertx, bus, courier, settings, agent, reader + ":task", () -> this.address);
    }

    void open() {
        bus.ask(Inbox.READ, new Inbox.Read(agent)).onComplete(asked -> {
            if (asked.succeeded() && asked.result() instanceof Inbox.State state) {
                cursor = Math.max(state.ackedUpTo(), state.pushedUpTo());
                fetch();
            } else {
                pause(settings.firstBackOffMillis(), this::open);
            }
        });
    }

    /// Ends the lane; what is under way may still arrive.
    void close() {
        closed = true;
        aside.close();
        Pause waiting = pause;
        if (waiting != null) {
            vertx.cancelTimer(waiting.timer());
        }
        bus.publish(Inbox.LEFT, new Inbox.Left(agent, reader));
    }

    /// From the next attempt on, this address; one that is waited for is made at once.
    void moveTo(Address next) {
        if (next.equals(address)) {
            return;
        }
        address = next;
        attempts = Attempts.NONE;
        Pause waiting = pause;
        if (waiting != null && vertx.cancelTimer(waiting.timer())) {
            pause = null;
            waiting.then().run();
        }
    }

    private void pause(long millis, Runnable then) {
        if (!closed) {
            long timer = vertx.setTimer(millis, _ -> {
                pause = null;
                then.run();
            });
            pause = new Pause(timer, then);
        }
    }

    private void fetch() {
        if (closed) {
            return;
        }
        long waitMillis = Inbox.LONGEST_WAIT.toMillis();
        bus.ask(Inbox.FETCH, new Inbox.Fetch(agent, cursor, settings.batch(), waitMillis, reader))
                .onComplete(asked -> {
                    if (asked.succeeded() && asked.result() instanceof Inbox.Items found) {
                        if (found.items().isEmpty()) {
                            cursor = Math.max(cursor, found.last());
                        }
                        push(found.items().iterator());
                    } else {
                        pause(settings.firstBackOffMillis(), this::fetch);
                    }
                });
    }

    private void push(Iterator<Inbox.Item> items) {
        if (closed) {
            return;
        }
        if (!items.hasNext()) {
            fetch();
            return;
        }
        Inbox.Item item = items.next();
        if (aside.keeps(item)) {
            cursor = item.seq();
            push(items);
            return;
        }
        if (item.seq() != head) {
            head = item.seq();
            attempts = Attempts.NONE;
        }
        if (item.kind() != Messaging.Kind.TASK) {
            attempt(item, items, false);
            return;
        }
        Aside.isWanted(bus, item).onSuccess(wanted -> {
            if (closed) {
                return;
            }
            if (wanted) {
                attempt(item, items, false);
            } else {
                taken(item);
                push(items);
            }
        });
    }

    private void taken(Inbox.Item item) {
        aside.note(item.seq());
        cursor = item.seq();
    }

    private void attempt(Inbox.Item item, Iterator<Inbox.Item> rest, boolean plainly) {
        courier.post(address, Letter.of(item, agent, plainly)).onSuccess(outcome -> {
            if (closed) {
                return;
            }
            if (outcome instanceof Outcome.Misunderstood && !plainly && Letter.hasPlainForm(item)) {
                attempt(item, rest, true);
                return;
            }
            noteReach(outcome);
            if (outcome instanceof Outcome.Busy) {
                aside.put(item);
                cursor = item.seq();
                push(rest);
                return;
            }
            switch (attempts.after(outcome, settings)) {
                case Attempts.Advance() -> {
                    taken(item);
                    push(rest);
                }
                case Attempts.Again(Attempts more, long afterMillis) -> {
                    attempts = more;
                    pause(afterMillis, this::fetch);
                }
                case Attempts.LeaveBehind(String why) -> {
                    LOG.log(
                            Level.WARNING,
                            "item left for pulling agent=" + agent + " seq=" + item.seq() + " reason=\"" + why + '"');
                    if (item.kind() == Messaging.Kind.TASK) {
                        bus.publish(Tasks.NOT_TAKEN, new Tasks.NotTaken(agent, item.id(), why));
                    }
                    cursor = item.seq();
                    push(rest);
                }
            }
        });
    }

    /// Logs once that the endpoint is gone, and once that it is back.
    private void noteReach(Outcome outcome) {
        if (outcome instanceof Outcome.Unreached(String why)) {
            if (downSinceMillis < 0) {
                downSinceMillis = clock.millis();
                LOG.log(Level.WARNING, "push endpoint unreachable agent=" + agent + " reason=" + why);
            }
        } else if (downSinceMillis >= 0) {
            long downMillis = clock.millis() - downSinceMillis;
            downSinceMillis = -1;
            LOG.log(Level.INFO, "push endpoint is back agent=" + agent + " down_ms=" + downMillis);
        }
    }
}
