package ai.openlegion.messaging;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Every inbox, subscription and registration in memory, and what becomes of a request: the change is made here at once
/// and noted in the batch that makes it durable. When a batch fails, this is thrown away and read anew.
final class PostOffice {

    private static final long MILLIS_PER_DAY = 86_400_000;
    private static final Messaging.InboxFull FULL = new Messaging.InboxFull();
    private static final Messaging.UnknownRecipient UNKNOWN = new Messaging.UnknownRecipient();

    private final InboxLimits limits;
    private final ItemIds ids;
    private final Recent recent;
    private final Topics topics = new Topics();
    private final Map<AgentId, InboxIndex> inboxes = new HashMap<>();
    private final Map<AgentId, Messaging.Registration> registrations = new HashMap<>();

    /// Agents that are no more. Should one of that name come again, its places go on from here: a reader of then may
    /// still hold one of them.
    private final Map<AgentId, Mark> former = new HashMap<>();

    private long nextRow = 1;

    PostOffice(InboxLimits limits, ItemIds ids) {
        this.limits = limits;
        this.ids = ids;
        recent = new Recent(limits.cachedBytes());
    }

    /// Takes in what is stored beside the items.
    ///
    /// @param firstRow at least the number of the next row
    void restore(Stored stored, long firstRow) {
        nextRow = firstRow;
        stored.marks().forEach((agent, mark) -> inboxes.put(agent, new InboxIndex(mark)));
        stored.topics()
                .forEach((agent, names) -> names.forEach(name -> {
                    boolean _ = topics.add(agent, name);
                }));
        registrations.putAll(stored.registrations());
    }

    /// Takes in a stored item, in the order in which they were accepted; whether any inbox still holds it.
    boolean restore(Stored.Row row) {
        Entry entry = new Entry(row.id(), row.expiresMillis(), row.bytes(), row.reminder());
        for (NewItem.Recipient recipient : row.recipients()) {
            InboxIndex inbox = inboxes.computeIfAbsent(recipient.agent(), _ -> new InboxIndex(Mark.NONE));
            if (inbox.restore(recipient.seq(), entry)) {
                entry.holders++;
            }
        }
        nextRow = Math.max(nextRow, row.id() + 1);
        return entry.holders > 0;
    }

    /// Makes these the agents there are, and removes what belongs to others; answers with who is gone.
    Set<AgentId> configure(Set<AgentId> agents, Batch batch) {
        Set<AgentId> gone = new HashSet<>(inboxes.keySet());
        gone.addAll(topics.agents());
        gone.addAll(registrations.keySet());
        gone.removeAll(agents);
        gone.forEach(agent -> remove(agent, batch));
        for (AgentId agent : agents) {
            inboxes.computeIfAbsent(agent, _ -> {
                Mark mark = former.remove(agent);
                return new InboxIndex(mark == null ? Mark.NONE : mark);
            });
        }
        return gone;
    }

    /// Removes what an agent has, if it has anything.
    void remove(AgentId agent, Batch batch) {
        InboxIndex inbox = inboxes.remove(agent);
        boolean had = registrations.remove(agent) != null;
        for (String topic : topics.of(agent)) {
            had |= topics.remove(agent, topic);
        }
        if (inbox != null) {
            had |= inbox.last() > inbox.acked();
            drop(inbox.clear(), batch);
            former.put(agent, inbox.mark());
        }
        if (had) {
            batch.remove(agent);
        }
    }

    /// The inbox of an agent; null when there is no such agent.
    @Nullable
    InboxIndex inbox(AgentId agent) {
        return inboxes.get(agent);
    }

    Messaging.Sent send(Messaging.Send ask, long now, Batch batch) {
        InboxIndex inbox = inboxes.get(ask.to());
        if (inbox == null) {
            return UNKNOWN;
        }
        String given = ask.id();
        String id = given == null ? ids.next(ask.kind()) : given;
        Content content = new Content(
                ask.kind(), id, ask.from(), ask.type(), null, ask.payload(), ask.replyTo(), ask.priority(), now);
        int bytes = content.bytes();
        if (!makeRoom(ask.to(), inbox, bytes, now, batch)) {
            return FULL;
        }
        long seq = accept(content, bytes, expiry(now, ask.ttlSeconds()), List.of(ask.to()), batch);
        return new Messaging.Stored(id, seq);
    }

    /// @param isHeard whether somebody else gets the event, too
    Messaging.Published publish(Messaging.Publish ask, boolean isHeard, Policy policy, long now, Batch batch) {
        Content content = new Content(
                Messaging.Kind.EVENT,
                ids.next(Messaging.Kind.EVENT),
                ask.source(),
                null,
                ask.topic(),
                ask.payload(),
                null,
                null,
                now);
        int bytes = content.bytes();
        List<AgentId> receivers = new ArrayList<>();
        int full = 0;
        for (AgentId agent : topics.of(ask.topic())) {
            InboxIndex inbox = inboxes.get(agent);
            if (inbox == null
                    || !(policy.decide(agent, Operation.SUBSCRIBE, ask.topic()) instanceof Decision.Allowed)) {
                continue;
            }
            if (makeRoom(agent, inbox, bytes, now, batch)) {
                receivers.add(agent);
            } else {
                full++;
            }
        }
        if (receivers.isEmpty()) {
            return full > 0 && !isHeard ? FULL : new Messaging.Delivered(content.id(), 0, full);
        }
        long _ = accept(content, bytes, expiry(now, 0), receivers, batch);
        return new Messaging.Delivered(content.id(), receivers.size(), full);
    }

    /// Removes what the agent has dealt with; only what is durable counts as there.
    Inbox.Acked ack(AgentId agent, InboxIndex inbox, long upTo, long now, Batch batch) {
        if (upTo > inbox.durable()) {
            return new Inbox.BeyondTheEnd(inbox.durable());
        }
        expire(agent, inbox, now, batch);
        if (upTo <= inbox.acked()) {
            return new Inbox.Removed(inbox.acked(), 0);
        }
        List<Entry> dropped = inbox.ack(upTo);
        drop(dropped, batch);
        batch.mark(agent);
        return new Inbox.Removed(upTo, dropped.size());
    }

    /// Removes what has expired of an inbox.
    void expire(AgentId agent, InboxIndex inbox, long now, Batch batch) {
        List<Entry> dropped = inbox.expire(now);
        if (!dropped.isEmpty()) {
            drop(dropped, batch);
            batch.mark(agent);
        }
    }

    /// Removes what has expired of every inbox.
    void expireAll(long now, Batch batch) {
        inboxes.forEach((agent, inbox) -> expire(agent, inbox, now, batch));
    }

    Messaging.Subscribed subscribe(AgentId agent, String topic, Batch batch) {
        if (topics.has(agent, topic)) {
            return new Messaging.SubscriptionSet(false);
        }
        if (topics.count(agent) >= limits.subscriptions()) {
            return new Messaging.TooManySubscriptions(limits.subscriptions());
        }
        boolean _ = topics.add(agent, topic);
        batch.add(new Batch.SubscriptionChange(agent, topic, true));
        return new Messaging.SubscriptionSet(true);
    }

    Messaging.Subscribed unsubscribe(AgentId agent, String topic, Batch batch) {
        boolean changed = topics.remove(agent, topic);
        if (changed) {
            batch.add(new Batch.SubscriptionChange(agent, topic, false));
        }
        return new Messaging.SubscriptionSet(changed);
    }

    /// Records a registration; answers with how many of its topics were more than the agent may have.
    int register(Messaging.Register ask, long now, Batch batch) {
        Messaging.Registration registration = new Messaging.Registration(ask.capabilities(), ask.port(), now);
        registrations.put(ask.agent(), registration);
        batch.register(ask.agent(), registration);
        int left = 0;
        for (String topic : ask.topics()) {
            if (subscribe(ask.agent(), topic, batch) instanceof Messaging.TooManySubscriptions) {
                left++;
            }
        }
        return left;
    }

    Messaging.Registrations directory() {
        return new Messaging.Registrations(registrations);
    }

    List<String> topics(AgentId agent) {
        return topics.of(agent);
    }

    /// How inboxes are to be stored now.
    Map<AgentId, Mark> marks(Set<AgentId> agents) {
        return agents.stream().collect(Collectors.toMap(Function.identity(), this::mark));
    }

    /// A batch is durable: what it brought may be read. Answers with whose inbox has something new.
    Set<AgentId> committed(Batch batch) {
        Set<AgentId> told = new HashSet<>();
        for (NewItem item : batch.items()) {
            for (NewItem.Recipient recipient : item.recipients()) {
                InboxIndex inbox = inboxes.get(recipient.agent());
                if (inbox != null) {
                    inbox.commit(recipient.seq());
                    told.add(recipient.agent());
                }
            }
            if (item.entry().holders > 0) {
                recent.add(item.entry(), item.content());
            }
        }
        return told;
    }

    /// The number above those of all rows so far.
    long nextRow() {
        return nextRow;
    }

    private Mark mark(AgentId agent) {
        InboxIndex inbox = inboxes.get(agent);
        return inbox != null ? inbox.mark() : former.getOrDefault(agent, Mark.NONE);
    }

    private boolean makeRoom(AgentId agent, InboxIndex inbox, int bytes, long now, Batch batch) {
        expire(agent, inbox, now, batch);
        List<Entry> dropped = new ArrayList<>();
        boolean room = inbox.makeRoom(bytes, limits, dropped);
        if (!dropped.isEmpty()) {
            drop(dropped, batch);
            batch.mark(agent);
        }
        return room;
    }

    private long accept(Content content, int bytes, long expiresMillis, List<AgentId> receivers, Batch batch) {
        Entry entry = new Entry(nextRow, expiresMillis, bytes, content.reminder());
        nextRow++;
        entry.holders = receivers.size();
        List<NewItem.Recipient> recipients = new ArrayList<>(receivers.size());
        long seq = 0;
        for (AgentId agent : receivers) {
            InboxIndex inbox = inboxes.get(agent);
            if (inbox != null) {
                seq = inbox.append(entry);
                recipients.add(new NewItem.Recipient(agent, seq));
            }
        }
        batch.add(new NewItem(entry, content, recipients));
        return seq;
    }

    private void drop(List<Entry> dropped, Batch batch) {
        for (Entry entry : dropped) {
            entry.holders--;
            if (entry.holders == 0) {
                recent.forget(entry);
                batch.delete(entry.row);
            }
        }
    }

    private long expiry(long now, long ttlSeconds) {
        long most = limits.days() * MILLIS_PER_DAY;
        // not multiplied before it is known to be small
        boolean own = ttlSeconds > 0 && ttlSeconds < most / 1000;
        return now + (own ? ttlSeconds * 1000 : most);
    }
}
