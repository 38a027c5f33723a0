package ai.openlegion.push;

import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/// The tasks of a lane that its agent was too busy for, in their order: tried again beside the lane, so that a steer or
/// a message behind them arrives meanwhile.
///
/// While one waits, nothing behind it is noted as pushed: after a restart the lane begins with it again, and what
/// follows may arrive twice rather than the task never.
final class Aside {

    private static final Logger LOG = System.getLogger("openlegion.push");

    private final Vertx vertx;
    private final Bus bus;
    private final Courier courier;
    private final PushSettings settings;
    private final AgentId agent;
    private final String reader;
    private final Supplier<Address> address;

    private final Deque<Place> places = new ArrayDeque<>();
    private final Deque<Long> unnoted = new ArrayDeque<>();
    private Attempts attempts = Attempts.NONE;
    private long timer = -1;
    private boolean closed;

    private record Place(long seq, String task) {}

    Aside(
            Vertx vertx,
            Bus bus,
            Courier courier,
            PushSettings settings,
            AgentId agent,
            String reader,
            Supplier<Address> address) {
        this.vertx = vertx;
        this.bus = bus;
        this.courier = courier;
        this.settings = settings;
        this.agent = agent;
        this.reader = reader;
        this.address = address;
    }

    /// Whether a task still has to be done; one whose end came first need not be pushed.
    static Future<Boolean> isWanted(Bus bus, Inbox.Item item) {
        return bus.ask(Tasks.READ, new Tasks.Read(item.id()))
                .map(found -> found.task() == null || found.task().endedAtMillis() == 0)
                .otherwise(true);
    }

    /// Takes a task if others wait already; nobody overtakes.
    boolean keeps(Inbox.Item item) {
        if (places.isEmpty() || item.kind() != Messaging.Kind.TASK) {
            return false;
        }
        places.add(new Place(item.seq(), item.id()));
        return true;
    }

    /// Takes a task that its agent is too busy for now.
    void put(Inbox.Item item) {
        places.add(new Place(item.seq(), item.id()));
        attempts = Attempts.NONE;
        go(attempts.after(new Outcome.Busy(), settings));
    }

    /// Notes that an item was pushed; losing that loses nothing.
    void note(long seq) {
        if (places.isEmpty()) {
            tell(seq);
        } else {
            unnoted.add(seq);
        }
    }

    void close() {
        closed = true;
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
        if (!places.isEmpty()) {
            bus.publish(Inbox.LEFT, new Inbox.Left(agent, reader));
        }
    }

    /// The note makes room in a full inbox and moves the place to go on from.
    private void tell(long seq) {
        var _ = bus.ask(Inbox.PUSHED, new Inbox.Pushed(agent, seq));
    }

    private void go(Attempts.Next next) {
        if (closed) {
            return;
        }
        switch (next) {
            case Attempts.Advance() -> done(true);
            case Attempts.LeaveBehind(String why) -> {
                Place left = places.peek();
                if (left != null) {
                    LOG.log(
                            Level.WARNING,
                            "task left for pulling agent=" + agent + " seq=" + left.seq() + " reason=\"" + why + '"');
                    bus.publish(Tasks.NOT_TAKEN, new Tasks.NotTaken(agent, left.task(), why));
                }
                done(false);
            }
            case Attempts.Again(Attempts more, long afterMillis) -> {
                attempts = more;
                timer = vertx.setTimer(afterMillis, _ -> again());
            }
        }
    }

    /// The item is not kept but fetched again, as the lane does.
    private void again() {
        timer = -1;
        Place place = places.peek();
        if (closed || place == null) {
            return;
        }
        bus.ask(Inbox.FETCH, new Inbox.Fetch(agent, place.seq() - 1, 1, 0, reader))
                .onComplete(asked -> {
                    if (closed) {
                        return;
                    }
                    if (!(asked.succeeded() && asked.result() instanceof Inbox.Items found)) {
                        go(attempts.after(new Outcome.Busy(), settings));
                    } else if (found.items().isEmpty()
                            || found.items().getFirst().seq() != place.seq()) {
                        done(false);
                    } else {
                        push(found.items().getFirst());
                    }
                });
    }

    private void push(Inbox.Item item) {
        isWanted(bus, item).onSuccess(wanted -> {
            if (closed) {
                return;
            }
            if (!wanted) {
                done(true);
                return;
            }
            courier.post(address.get(), Letter.of(item, agent, false))
                    .onSuccess(outcome -> go(attempts.after(outcome, settings)));
        });
    }

    private void done(boolean pushed) {
        Place place = places.poll();
        if (place != null && pushed) {
            tell(place.seq());
        }
        Place next = places.peek();
        while (!unnoted.isEmpty() && (next == null || unnoted.peek() < next.seq())) {
            tell(unnoted.remove());
        }
        attempts = Attempts.NONE;
        if (next != null) {
            again();
        }
    }
}
