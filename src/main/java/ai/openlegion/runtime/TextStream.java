package ai.openlegion.runtime;

import ai.openlegion.runtime.AgentRuntime.LogStream;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// An agent's output on its way to somebody who reads it, perhaps slowly: what waits is bounded, and what is
/// left out
/// is said.
public final class TextStream implements LogStream {

    private static final int MOST_WAITING = 4 << 20;

    private final Context context;
    private volatile Runnable close = () -> {};

    // of the context's thread only
    private final Deque<Buffer> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private long skipped;
    private long demand = Long.MAX_VALUE;
    private boolean hasEnded;
    private boolean isTold;
    private @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;

    /// Empty and open; to be read on the context of whoever makes it.
    public TextStream(Vertx vertx) {
        context = vertx.getOrCreateContext();
    }

    /// A text and its end.
    public TextStream(Vertx vertx, String text) {
        this(vertx);
        add(text.getBytes(StandardCharsets.UTF_8));
        end();
    }

    /// What is done when its reader closes it.
    public void onClose(Runnable action) {
        close = action;
    }

    /// More of it; from any thread.
    public void add(byte[] bytes) {
        context.runOnContext(_ -> {
            if (waitingBytes + bytes.length > MOST_WAITING) {
                skipped += bytes.length;
            } else if (bytes.length > 0) {
                waiting.add(Buffer.buffer(bytes));
                waitingBytes += bytes.length;
            }
            deliver();
        });
    }

    /// No more will come; from any thread.
    public void end() {
        context.runOnContext(_ -> {
            hasEnded = true;
            deliver();
        });
    }

    private void deliver() {
        Handler<Buffer> to = handler;
        while (demand > 0 && to != null) {
            Buffer next = waiting.poll();
            if (next != null) {
                waitingBytes -= next.length();
            } else if (skipped > 0) {
                next = Buffer.buffer("\n[" + skipped + " bytes left out]\n", StandardCharsets.UTF_8.name());
                skipped = 0;
            } else {
                break;
            }
            if (demand != Long.MAX_VALUE) {
                demand--;
            }
            to.handle(next);
            to = handler;
        }
        Handler<Void> atEnd = endHandler;
        if (hasEnded && !isTold && waiting.isEmpty() && skipped == 0 && atEnd != null) {
            isTold = true;
            atEnd.handle(null);
        }
    }

    @Override
    public void close() {
        close.run();
        here(() -> {
            waiting.clear();
            waitingBytes = 0;
            skipped = 0;
            hasEnded = true;
            deliver();
        });
    }

    @Override
    @CanIgnoreReturnValue
    public TextStream exceptionHandler(@Nullable Handler<Throwable> ignored) {
        return this;
    }

    @Override
    @CanIgnoreReturnValue
    public TextStream handler(@Nullable Handler<Buffer> next) {
        here(() -> {
            handler = next;
            deliver();
        });
        return this;
    }

    @Override
    @CanIgnoreReturnValue
    public TextStream pause() {
        here(() -> demand = 0);
        return this;
    }

    @Override
    @CanIgnoreReturnValue
    public TextStream resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    @CanIgnoreReturnValue
    public TextStream fetch(long amount) {
        here(() -> {
            demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
            deliver();
        });
        return this;
    }

    @Override
    @CanIgnoreReturnValue
    public TextStream endHandler(@Nullable Handler<Void> next) {
        here(() -> {
            endHandler = next;
            deliver();
        });
        return this;
    }

    /* Whoever reads does so on the context, and a pause must act before the next buffer. */
    private void here(Runnable action) {
        if (context.equals(Vertx.currentContext())) {
            action.run();
        } else {
            context.runOnContext(_ -> action.run());
        }
    }
}
