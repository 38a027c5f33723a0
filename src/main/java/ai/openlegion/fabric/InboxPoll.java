package ai.openlegion.fabric;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import java.util.List;

/// A long poll that waits for its items.
final class InboxPoll implements InboxReader {

    private final Visit visit;
    private final InboxReaders readers;
    private final long after;
    private final int limit;
    private final long waitMillis;
    private boolean ended;

    InboxPoll(Visit visit, InboxReaders readers, long after, int limit, long waitMillis) {
        this.visit = visit;
        this.readers = readers;
        this.after = after;
        this.limit = limit;
        this.waitMillis = waitMillis;
    }

    @Override
    public AgentId agent() {
        return visit.agent();
    }

    @Override
    public void begin() {
        visit.response().closeHandler(_ -> abandon());
        var fetch = new Inbox.Fetch(visit.agent(), after, limit, waitMillis, visit.requestId());
        visit.ask(Inbox.FETCH, fetch, this::fetched, _ -> fetched(new Inbox.Unavailable()));
    }

    private void fetched(Inbox.Fetched fetched) {
        if (ended) {
            return;
        }
        end();
        if (!visit.stands()) {
            visit.refuse(401, "The token is no longer valid");
            return;
        }
        switch (fetched) {
            case Inbox.Items items -> visit.ok(InboxItems.page(items.items(), Math.max(0, items.last())));
            case Inbox.Refused refused -> visit.later(429, refused.why(), 1);
            case Inbox.Unavailable unavailable -> visit.unavailable();
        }
    }

    /// The agent has too many readers.
    void refuse() {
        visit.later(429, "The agent reads its inbox in too many places", 1);
    }

    @Override
    public void onTick(int tick) {
        // the owner of the inbox keeps the time
    }

    @Override
    public void onFleet() {
        if (!visit.stands() && !ended) {
            abandon();
            visit.refuse(401, "The token is no longer valid");
        }
    }

    @Override
    public void onDrain() {
        if (!ended) {
            abandon();
            visit.ok(InboxItems.page(List.of(), Math.max(0, after)));
        }
    }

    /// Ends before there is an answer.
    private void abandon() {
        if (!ended) {
            end();
            visit.bus().publish(Inbox.LEFT, new Inbox.Left(visit.agent(), visit.requestId()));
        }
    }

    private void end() {
        ended = true;
        readers.leave(this);
    }
}
