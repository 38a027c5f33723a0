package ai.openlegion.fabric;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/// An inbox as server-sent events: it reads on as fast as its client takes, and holds one answer of the inbox at most.
final class InboxStream implements InboxReader {

    private static final Logger LOG = System.getLogger("openlegion.fabric");
    private static final Buffer KEEP_ALIVE = Buffer.buffer(": keep-alive\n\n");
    private static final int ITEMS = 200;

    /// The first look waits as little as can be waited: only who waits is counted among the readers, and one too many
    /// is to be told so by a status.
    private static final long FIRST_LOOK_MILLIS = 1;

    private final Visit visit;
    private final InboxReaders readers;
    private final HttpServerResponse response;

    /// The place behind which to read on.
    private long after;

    private boolean begun;
    private boolean ended;
    private boolean fetching;
    private int writtenTick;
    /// Since when the client leaves a full buffer unread; -1 while it does not.
    private int stalledTick = -1;
    /// When to ask again after the inbox could not answer; -1 for not at all.
    private int retryTick = -1;

    InboxStream(Visit visit, InboxReaders readers, long after) {
        this.visit = visit;
        this.readers = readers;
        this.after = after;
        response = visit.response();
    }

    @Override
    public AgentId agent() {
        return visit.agent();
    }

    @Override
    public void begin() {
        response.closeHandler(_ -> leave());
        response.exceptionHandler(_ -> leave());
        fetch(FIRST_LOOK_MILLIS);
    }

    private void fetch(long waitMillis) {
        retryTick = -1;
        fetching = true;
        var fetch = new Inbox.Fetch(visit.agent(), after, ITEMS, waitMillis, visit.requestId());
        visit.ask(Inbox.FETCH, fetch, this::fetched, _ -> fetched(new Inbox.Unavailable()));
    }

    private void fetched(Inbox.Fetched fetched) {
        fetching = false;
        if (ended) {
            return;
        }
        if (response.closed()) {
            leave(); // it had hung up before this could be told
            return;
        }
        switch (fetched) {
            case Inbox.Items items -> write(items);
            case Inbox.Refused refused -> {
                if (begun) {
                    end();
                } else {
                    leave();
                    visit.later(429, refused.why(), 1);
                }
            }
            case Inbox.Unavailable unavailable -> {
                if (begun) {
                    retryTick = readers.tick() + InboxReaders.TICKS_A_SECOND;
                } else {
                    leave();
                    visit.unavailable();
                }
            }
        }
    }

    private void write(Inbox.Items items) {
        after = items.last();
        if (!begun) {
            begun = true;
            response.putHeader("content-type", "text/event-stream").putHeader("cache-control", "no-store");
            if (visit.request().version() != HttpVersion.HTTP_2) {
                response.setChunked(true);
            }
            write(KEEP_ALIVE);
        }
        if (!items.items().isEmpty()) {
            write(InboxItems.events(items.items()));
        }
        if (response.writeQueueFull()) {
            stalledTick = readers.tick();
            response.drainHandler(_ -> drained());
        } else {
            fetch(Inbox.LONGEST_WAIT.toMillis());
        }
    }

    private void write(Buffer bytes) {
        writtenTick = readers.tick();
        response.write(bytes).onFailure(_ -> leave());
    }

    private void drained() {
        if (stalledTick >= 0 && !ended) {
            stalledTick = -1;
            fetch(Inbox.LONGEST_WAIT.toMillis());
        }
    }

    /// The agent has too many readers.
    void refuse() {
        visit.later(429, "The agent reads its inbox in too many places", 1);
    }

    @Override
    public void onTick(int tick) {
        if (!begun) {
            return;
        }
        if (stalledTick >= 0) {
            if (tick - stalledTick > readers.limits().slowClientSeconds() * InboxReaders.TICKS_A_SECOND) {
                LOG.log(Level.INFO, "inbox reader dropped, it reads too slowly request_id=" + visit.requestId());
                leave();
                UnreadAnswers.abandon(visit.request());
            }
            return;
        }
        if (tick - writtenTick >= readers.limits().keepAliveSeconds() * InboxReaders.TICKS_A_SECOND) {
            write(KEEP_ALIVE);
        }
        if (retryTick >= 0 && tick >= retryTick) {
            fetch(Inbox.LONGEST_WAIT.toMillis());
        }
    }

    @Override
    public void onFleet() {
        if (!visit.stands()) {
            stop();
        }
    }

    @Override
    public void onDrain() {
        stop();
    }

    private void stop() {
        if (begun) {
            end();
        } else {
            leave();
            if (visit.stands()) {
                visit.later(503, "The mesh is shutting down", 5);
            } else {
                visit.refuse(401, "The token is no longer valid");
            }
        }
    }

    /// Ends the response as complete: a client comes back and goes on behind the last item it got.
    private void end() {
        leave();
        if (!response.ended() && !response.closed()) {
            var _ = response.end();
        }
    }

    private void leave() {
        if (!ended) {
            ended = true;
            readers.leave(this);
            if (fetching) {
                visit.bus().publish(Inbox.LEFT, new Inbox.Left(visit.agent(), visit.requestId()));
            }
        }
    }
}
