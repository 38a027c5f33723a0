package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Promise;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// Answers who reads: from memory, from the store, or when there is something to read.
final class Readers {

    /// How often it is looked whose wait is over.
    static final long TICK_MILLIS = 100;

    private static final Logger LOG = System.getLogger("openlegion.messaging");
    private static final Inbox.Refused GONE = new Inbox.Refused("there is no such agent");

    private final Supplier<PostOffice> office;
    private final ItemReader store;
    private final InstantSource clock;
    private final int mostReaders;
    private final Waiters waiters = new Waiters();
    private long ticks;
    private boolean failing;

    /// @param office what is in force; it changes when everything is read anew
    Readers(Supplier<PostOffice> office, ItemReader store, InstantSource clock, InboxLimits limits) {
        this.office = office;
        this.store = store;
        this.clock = clock;
        mostReaders = limits.readers();
    }

    void fetch(Inbox.Fetch ask, Promise<Inbox.Fetched> answer) {
        long wait = Math.clamp(ask.waitMillis(), 0, Inbox.LONGEST_WAIT.toMillis());
        // the tick that is under way is not a whole one
        long due = wait == 0 ? ticks : ticks + 1 + (wait + TICK_MILLIS - 1) / TICK_MILLIS;
        serve(new Waiters.Waiter(ask.agent(), ask.reader(), ask.after(), Math.max(1, ask.limit()), due, answer));
    }

    /// A reader is gone: it waits no more.
    void leave(Inbox.Left left) {
        Waiters.Waiter waiter = waiters.take(left.agent(), left.reader());
        if (waiter != null) {
            answerNothing(waiter);
        }
    }

    /// These inboxes have something new, or are no more.
    void wake(Set<AgentId> agents) {
        agents.forEach(agent -> waiters.take(agent).forEach(this::serve));
    }

    /// Everything was read anew.
    void wakeAll() {
        waiters.takeAll().forEach(this::serve);
    }

    /// Time goes on by [#TICK_MILLIS].
    void tick() {
        ticks++;
        waiters.takeDue(ticks).forEach(this::serve);
    }

    /// Nobody is to wait any more.
    void close() {
        waiters.takeAll().forEach(Readers::answerNothing);
    }

    int count(AgentId agent) {
        return waiters.count(agent);
    }

    private void serve(Waiters.Waiter waiter) {
        InboxIndex inbox = office.get().inbox(waiter.agent());
        if (inbox == null) {
            waiter.answer().complete(GONE);
            return;
        }
        Waiters.Waiter standing = waiter.behind(inbox.stand(waiter.after()));
        List<Place> places = inbox.after(standing.after(), waiter.limit(), clock.millis());
        if (places.isEmpty()) {
            await(standing);
            return;
        }
        List<Long> unknown = places.stream()
                .filter(place -> place.content() == null)
                .map(Place::row)
                .toList();
        if (unknown.isEmpty()) {
            answer(standing, places, Map.of());
            return;
        }
        store.contents(unknown).onComplete(result -> {
            if (result.succeeded()) {
                failing = false;
                answer(standing, places, result.result());
            } else {
                complain(result.cause());
                waiter.answer().complete(new Inbox.Unavailable());
            }
        });
    }

    private void await(Waiters.Waiter waiter) {
        if (waiter.due() <= ticks) {
            answerNothing(waiter);
            return;
        }
        // a name that waits already asks anew: its older question is of no use to anybody
        Waiters.Waiter older = waiters.take(waiter.agent(), waiter.reader());
        if (older != null) {
            answerNothing(older);
        }
        if (waiters.count(waiter.agent()) >= mostReaders) {
            waiter.answer().complete(new Inbox.Refused("as many readers as may wait are waiting: " + mostReaders));
            return;
        }
        waiters.add(waiter);
    }

    private void answer(Waiters.Waiter waiter, List<Place> places, Map<Long, Content> contents) {
        List<Inbox.Item> items = new ArrayList<>(places.size());
        for (Place place : places) {
            Content known = place.content();
            // without a row it was acknowledged or dropped since it was looked up
            Content content = known == null ? contents.get(place.row()) : known;
            if (content != null) {
                items.add(content.at(place.seq()));
            }
        }
        long last = places.getLast().seq();
        if (items.isEmpty()) {
            serve(waiter.behind(last));
        } else {
            waiter.answer().complete(new Inbox.Items(items, last));
        }
    }

    private static void answerNothing(Waiters.Waiter waiter) {
        waiter.answer().complete(new Inbox.Items(List.of(), Math.max(0, waiter.after())));
    }

    // Once for as long as it lasts: readers ask again and again.
    private void complain(Throwable cause) {
        if (!failing) {
            failing = true;
            LOG.log(Level.WARNING, "inbox items cannot be read back", cause);
        }
    }
}
