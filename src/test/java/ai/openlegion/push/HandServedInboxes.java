package ai.openlegion.push;

import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The bus side of inboxes, kept in memory and served by hand.
final class HandServedInboxes {

    final Queue<Inbox.Pushed> pushed = new ConcurrentLinkedQueue<>();
    final Queue<Inbox.Left> left = new ConcurrentLinkedQueue<>();
    final AtomicInteger fetches = new AtomicInteger();
    final AtomicBoolean available = new AtomicBoolean(true);

    private final Map<AgentId, List<Inbox.Item>> items = new HashMap<>();
    private final Map<AgentId, Long> acked = new HashMap<>();
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();

    private record Waiting(Inbox.Fetch fetch, Promise<Inbox.Fetched> answer) {}

    Future<?> serve(Bus bus) {
        var _ = bus.subscribe(Inbox.LEFT, gone -> {
            left.add(gone);
            leave(gone.reader());
        });
        return Future.all(
                bus.serve(Inbox.READ, question -> Future.succeededFuture(state(question.agent()))),
                bus.serve(Inbox.FETCH, this::fetch),
                bus.serve(Inbox.PUSHED, note -> {
                    pushed.add(note);
                    return Future.succeededFuture(new Inbox.Noted());
                }));
    }

    synchronized void put(AgentId agent, Kind kind, @Nullable String type, String payload) {
        List<Inbox.Item> inbox = items.computeIfAbsent(agent, _ -> new ArrayList<>());
        long seq = inbox.size() + 1L;
        String topic = kind == Kind.EVENT ? "news" : null;
        inbox.add(new Inbox.Item(
                seq, kind, "msg_%012x".formatted(seq), "writer", type, topic, payload, null, null, 1_795_342_800_000L));
        List.copyOf(waiting.values()).stream()
                .filter(reader -> reader.fetch().agent().equals(agent))
                .forEach(reader -> {
                    waiting.remove(reader.fetch().reader());
                    reader.answer().complete(found(reader.fetch()));
                });
    }

    synchronized void ack(AgentId agent, long upTo) {
        acked.put(agent, upTo);
    }

    private synchronized Inbox.Standing state(AgentId agent) {
        if (!available.get()) {
            return new Inbox.Unavailable();
        }
        long last = items.getOrDefault(agent, List.of()).size();
        return new Inbox.State(0, 0, 0, acked.getOrDefault(agent, 0L), 0, last, 0, List.of());
    }

    private synchronized Future<Inbox.Fetched> fetch(Inbox.Fetch fetch) {
        var _ = fetches.incrementAndGet();
        if (!available.get()) {
            return Future.succeededFuture(new Inbox.Unavailable());
        }
        Inbox.Items found = found(fetch);
        if (!found.items().isEmpty()) {
            return Future.succeededFuture(found);
        }
        Promise<Inbox.Fetched> answer = Promise.promise();
        waiting.put(fetch.reader(), new Waiting(fetch, answer));
        return answer.future();
    }

    private synchronized void leave(String reader) {
        waiting.remove(reader);
    }

    synchronized int readers() {
        return waiting.size();
    }

    private Inbox.Items found(Inbox.Fetch fetch) {
        long after = Math.max(fetch.after(), acked.getOrDefault(fetch.agent(), 0L));
        List<Inbox.Item> found = items.getOrDefault(fetch.agent(), List.of()).stream()
                .filter(item -> item.seq() > after)
                .limit(fetch.limit())
                .toList();
        return new Inbox.Items(found, found.isEmpty() ? after : found.getLast().seq());
    }
}
