package ai.openlegion.control;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditPages;
import ai.openlegion.audit.Recorded;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Predicate;

/// One reader of the audit, who gets every entry from a place on once and in order, at its own pace.
///
/// All that is kept for it is the number of the entry it gets next. While it keeps up it is fed what has just become
/// durable; when its socket's queue is full, or something was missed, it goes on from the database, a page at a time
/// and each only when there is room for it.
final class AuditStream {

    private static final Logger LOG = System.getLogger("openlegion.control");

    /// What is written at one go, and what a reader may leave unread before it is written to no more.
    private static final int CHUNK_BYTES = 64 * 1024;

    private final HttpServerResponse response;
    private final EventFilter filter;
    private final AuditPages pages;
    private final boolean follows;
    private long next;
    private long told;
    private boolean reading;
    private boolean ended;
    private boolean silent;

    /// @param follows whether it goes on with what is still to come
    /// @param next the number of the first entry it gets
    /// @param told the last one known to be durable
    AuditStream(
            HttpServerResponse response, EventFilter filter, AuditPages pages, boolean follows, long next, long told) {
        this.response = response;
        this.filter = filter;
        this.pages = pages;
        this.follows = follows;
        this.next = next;
        this.told = told;
    }

    /// Begins the response and catches up with what is durable already.
    void begin() {
        response.setChunked(true)
                .setWriteQueueMaxSize(CHUNK_BYTES)
                .putHeader("content-type", "text/event-stream")
                .drainHandler(drained -> catchUp());
        write(Buffer.buffer(": from entry " + next + "\n\n"));
        catchUp();
    }

    /// What has just become durable.
    void tell(EventFrames frames) {
        told = follows ? Math.max(told, frames.lastSeq()) : told;
        if (reading || ended || !follows || frames.lastSeq() < next || response.writeQueueFull()) {
            return;
        }
        if (frames.firstSeq() > next) {
            catchUp();
            return;
        }
        while (next <= frames.lastSeq() && !response.writeQueueFull()) {
            Buffer chunk = Buffer.buffer();
            for (; next <= frames.lastSeq() && chunk.length() < CHUNK_BYTES; next++) {
                if (filter.lets(frames.entry(next))) {
                    chunk.appendBuffer(frames.frame(next));
                }
            }
            write(chunk);
        }
    }

    /// A while has passed: a stream that was silent shows that it is alive.
    void tick() {
        if (silent && !response.writeQueueFull()) {
            write(Buffer.buffer(": keep-alive\n\n"));
        }
        silent = true;
        catchUp();
    }

    /// Ends the stream; whoever wants the rest comes back with the last id it got.
    void end() {
        if (!ended) {
            ended = true;
            response.end().onFailure(gone -> LOG.log(Level.DEBUG, "event reader left"));
        }
    }

    private void catchUp() {
        if (!follows && !reading && next > told) {
            end();
        }
        if (reading || ended || next > told || response.closed() || response.writeQueueFull()) {
            return;
        }
        reading = true;
        Chunk chunk = new Chunk(filter);
        long durable = told;
        Future<AuditPages.Place> page = pages.read(next, chunk);
        page.onComplete(read -> {
            reading = false;
            if (!ended && !response.closed()) {
                goOn(read, chunk, durable);
            }
        });
    }

    private void goOn(AsyncResult<AuditPages.Place> read, Chunk chunk, long durable) {
        if (read.failed()) {
            LOG.log(
                    Level.WARNING,
                    "event stream ended, the audit cannot be read request_id=" + Answers.requestId(response),
                    read.cause());
            end();
            return;
        }
        AuditPages.Place place = read.result();
        next = place.nextSeq();
        write(chunk.bytes);
        if (place.atEnd() && next <= durable) {
            LOG.log(Level.WARNING, "the audit lacks entries from=" + next + " to=" + durable);
            next = durable + 1;
        }
        catchUp();
    }

    private void write(Buffer bytes) {
        if (bytes.length() > 0) {
            silent = false;
            response.write(bytes).onFailure(gone -> LOG.log(Level.DEBUG, "event reader left"));
        }
    }

    /// The frames of a page, made on a worker thread.
    private static final class Chunk implements Predicate<Recorded> {
        private final EventFilter filter;
        private final Buffer bytes = Buffer.buffer();

        Chunk(EventFilter filter) {
            this.filter = filter;
        }

        @Override
        public boolean test(Recorded recorded) {
            AuditEntry entry = recorded.entry();
            if (filter.lets(entry)) {
                bytes.appendBuffer(EventFrame.of(recorded.seq(), entry));
            }
            return bytes.length() < CHUNK_BYTES;
        }
    }
}
