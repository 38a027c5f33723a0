package ai.openlegion.control;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One who follows a run, at its own pace: all that is kept for it is its place among the run's frames.
final class RunReader {

    private static final Logger LOG = System.getLogger("openlegion.control");

    /// What it may leave unread before it is written to no more.
    private static final int UNREAD_BYTES = 32 * 1024;

    private static final Buffer KEEP_ALIVE = Buffer.buffer(": keep-alive\n\n");

    private final HttpServerResponse response;
    private final long after;
    private final Consumer<RunReader> left;
    private @Nullable RunFeed feed;
    private int next;
    private boolean ended;
    private boolean silent;

    /// @param after the number of the last event it has; 0 = none
    /// @param left hears once that it is gone
    RunReader(HttpServerResponse response, long after, Consumer<RunReader> left) {
        this.response = response;
        this.after = after;
        this.left = left;
        response.endHandler(_ -> leave()).closeHandler(_ -> leave()).exceptionHandler(_ -> leave());
    }

    /// Answers, and writes what it lacks of the run's events.
    void begin(RunFeed run) {
        if (ended || response.closed()) {
            return;
        }
        if (after > run.last()) {
            refuse(_ -> Answer.refused(400, "there is no event " + after + "; the last one is " + run.last()));
            return;
        }
        feed = run;
        next = run.placeAfter(after);
        response.setChunked(true)
                .setWriteQueueMaxSize(UNREAD_BYTES)
                .putHeader("content-type", "text/event-stream")
                .drainHandler(_ -> goOn());
        if (next == run.size() && !run.isOver()) {
            write(Buffer.buffer(": nothing new yet\n\n"));
        }
        goOn();
    }

    /// There is more to read, or room for it.
    void goOn() {
        RunFeed run = feed;
        if (run == null || ended || response.closed()) {
            return;
        }
        while (next < run.size() && !response.writeQueueFull()) {
            RunFeed.Chunk chunk = run.chunk(next);
            next = chunk.to();
            write(chunk.bytes());
        }
        if (run.isOver() && next == run.size()) {
            end();
        }
    }

    /// A while has passed: a stream that was silent shows that it is alive.
    void tick() {
        if (feed != null && silent && !ended && !response.closed() && !response.writeQueueFull()) {
            write(KEEP_ALIVE);
        }
        silent = true;
    }

    /// Answers that it cannot follow the run.
    void refuse(Function<HttpServerResponse, Answer> answer) {
        Answers.write(response, answer.apply(response));
        leave();
    }

    /// Ends the stream; whoever wants the rest comes back with the last id it got.
    void end() {
        if (!ended) {
            if (feed == null) {
                response.reset().onComplete(_ -> {});
            } else {
                response.end().onFailure(_ -> LOG.log(Level.DEBUG, "event reader left"));
            }
            leave();
        }
    }

    private void leave() {
        if (!ended) {
            ended = true;
            left.accept(this);
        }
    }

    private void write(Buffer bytes) {
        silent = false;
        response.write(bytes).onFailure(_ -> LOG.log(Level.DEBUG, "event reader left"));
    }
}
