package ai.openlegion.blackboard;

import ai.openlegion.acl.Policy;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.messaging.Messaging.Kind;
import ai.openlegion.messaging.Messaging.Send;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/// Brings notices into the inboxes of their recipients, each agent's in the order of the commits, and tells the store
/// which have arrived. Whatever fails is tried again, so a notice arrives at least once.
///
/// Confined to one event loop.
final class Notices {

    /// How many may wait; writes that would be told of are refused while so many do.
    static final int MOST = 10_000;

    /// Of the writes of one author: a quarter, so that one author's storm leaves room for the others'.
    static final int MOST_OF_AUTHOR = MOST / 4;

    /// Of one agent, under way at once: about what its inbox puts into one commit.
    private static final int WINDOW = 128;

    private static final long FIRST_RETRY_MILLIS = 100;
    private static final long LAST_RETRY_MILLIS = 5_000;

    private static final Logger LOG = System.getLogger("openlegion.blackboard");

    private final Bus bus;
    private final Supplier<Policy> policy;
    private final Function<List<String>, Future<Boolean>> told;
    private final LongFunction<Future<Void>> pause;
    private final FullInboxes fullInboxes;
    private final SecureRandom random = new SecureRandom();
    private final Map<AgentId, Lane> lanes = new HashMap<>();
    private final List<String> arrived = new ArrayList<>();

    /// The items of all notices from their delivery's begin until the store was told that they have arrived.
    private final Set<String> held = new HashSet<>();

    private final Map<String, Integer> waitingOf = new HashMap<>();
    private boolean telling;
    private int waiting;

    /// @param told removes notices that have arrived from the store, by their items' ids
    /// @param pause done after so many milliseconds
    Notices(
            Bus bus,
            Supplier<Policy> policy,
            Function<List<String>, Future<Boolean>> told,
            LongFunction<Future<Void>> pause) {
        this.bus = bus;
        this.policy = policy;
        this.told = told;
        this.pause = pause;
        fullInboxes = new FullInboxes(
                pause,
                (agent, count) -> LOG.log(
                        Level.WARNING, "notices were dropped, the inbox is full agent=" + agent + " count=" + count));
    }

    /// A new id for an item of an inbox.
    String newItem() {
        byte[] bytes = new byte[6];
        random.nextBytes(bytes);
        return "wat_" + HexFormat.of().formatHex(bytes);
    }

    /// Whether so many wait, of this author or in all, that no more are to come from it.
    boolean tooMany(String author) {
        return waiting >= MOST || waitingOf.getOrDefault(author, 0) >= MOST_OF_AUTHOR;
    }

    /// Delivers a notice that is in the store; done when it is in every recipient's inbox that takes it.
    Future<Void> deliver(Notice notice) {
        waiting++;
        int _ = waitingOf.merge(notice.author(), 1, Integer::sum);
        boolean _ = held.add(notice.item());
        Delivery delivery = new Delivery(notice, payload(notice), Promise.promise());
        delivery.open = notice.recipients().size();
        for (AgentId recipient : notice.recipients()) {
            Lane lane = lanes.computeIfAbsent(recipient, Lane::new);
            lane.queue.add(delivery);
            lane.send();
        }
        return delivery.done.future();
    }

    /// Whether nothing needs to be done about a notice that is in the store: its delivery has begun.
    boolean holds(Notice notice) {
        return held.contains(notice.item());
    }

    private void arrived(Delivery delivery) {
        if (--delivery.open == 0) {
            waiting--;
            Integer _ =
                    waitingOf.computeIfPresent(delivery.notice.author(), (_, count) -> count == 1 ? null : count - 1);
            arrived.add(delivery.notice.item());
            delivery.done.complete();
            tell();
        }
    }

    // Those that arrive while one telling is under way go with the next.
    private void tell() {
        if (telling || arrived.isEmpty()) {
            return;
        }
        telling = true;
        List<String> items = List.copyOf(arrived);
        arrived.clear();
        told.apply(items).onComplete(answer -> {
            telling = false;
            if (answer.succeeded()) {
                for (String item : items) {
                    boolean _ = held.remove(item);
                }
                tell();
            } else {
                arrived.addAll(items);
                pause.apply(LAST_RETRY_MILLIS).onSuccess(_ -> tell());
            }
        });
    }

    private static String payload(Notice notice) {
        return new JsonObject()
                .put("key", notice.key())
                .put("version", notice.version())
                .put("change", change(notice))
                .put("by", notice.author())
                .encode();
    }

    private static String change(Notice notice) {
        return notice.change().name().toLowerCase(Locale.ROOT);
    }

    /// One agent's notices. A batch is sent at once, since the inbox keeps the order in which it is asked; if one of it
    /// fails, everything from that one on is sent again, so that what came last also is what is read last.
    private final class Lane {

        private final AgentId agent;
        private final Deque<Delivery> queue = new ArrayDeque<>();
        private boolean busy;
        private long retryMillis = FIRST_RETRY_MILLIS;

        Lane(AgentId agent) {
            this.agent = agent;
        }

        void send() {
            if (busy) {
                return;
            }
            List<Delivery> batch = queue.stream().limit(WINDOW).toList();
            if (batch.isEmpty()) {
                lanes.remove(agent);
                return;
            }
            busy = true;
            List<Future<Fate>> answers = batch.stream().map(this::send).toList();
            Future.join(answers).onComplete(_ -> {
                busy = false;
                settle(batch, answers);
            });
        }

        private void settle(List<Delivery> batch, List<Future<Fate>> answers) {
            int settled = 0;
            while (settled < batch.size() && answers.get(settled).result() != Fate.LATER) {
                if (answers.get(settled).result() == Fate.DROPPED) {
                    fullInboxes.lost(agent);
                }
                settled++;
            }
            for (Delivery delivery : batch.subList(0, settled)) {
                queue.remove();
                arrived(delivery);
            }
            if (settled > 0) {
                retryMillis = FIRST_RETRY_MILLIS;
            }
            if (settled == batch.size()) {
                send();
            } else {
                busy = true;
                pause.apply(retryMillis).onSuccess(_ -> {
                    busy = false;
                    send();
                });
                retryMillis = Math.min(LAST_RETRY_MILLIS, 2 * retryMillis);
            }
        }

        private Future<Fate> send(Delivery delivery) {
            Notice notice = delivery.notice;
            if (!Watches.mayRead(policy.get(), agent, notice.key())) {
                return Future.succeededFuture(Fate.DONE);
            }
            Send send = new Send(
                    Kind.WATCH, notice.author(), agent, notice.item(), change(notice), delivery.payload, null, null, 0);
            return bus.ask(Messaging.SEND, send)
                    .map(sent -> switch (sent) {
                        case Messaging.Stored _, Messaging.UnknownRecipient _ -> Fate.DONE;
                        case Messaging.InboxFull _ -> Fate.DROPPED;
                        case Messaging.Unavailable _ -> Fate.LATER;
                    })
                    .otherwise(Fate.LATER);
        }
    }

    /// What became of a notice that was sent.
    private enum Fate {
        /// It is in the inbox, or nobody is to have it.
        DONE,
        /// The inbox has no room, and nothing waits for room.
        DROPPED,
        /// It is to be sent again.
        LATER
    }

    /// A notice on its way.
    private static final class Delivery {

        private final Notice notice;
        private final String payload;
        private final Promise<Void> done;
        private int open;

        Delivery(Notice notice, String payload, Promise<Void> done) {
            this.notice = notice;
            this.payload = payload;
            this.done = done;
            open = notice.recipients().size();
        }
    }
}
