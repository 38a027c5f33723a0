package ai.openlegion.gateway;

import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/// Reads request bodies whole, within a size and a time.
final class BodyReader {

    /// How long a body may take: at this pace the largest one still fits through a slow line.
    private static final int SECONDS = 60;

    private final CallRegistry clock;
    private final int maxBytes;
    private final int maxWaiting;
    private final Set<Pending> waiting = new HashSet<>();

    BodyReader(CallRegistry clock, int maxBytes, int maxWaiting) {
        this.clock = clock;
        this.maxBytes = maxBytes;
        this.maxWaiting = maxWaiting;
    }

    private final class Pending {
        final Consumer<Refusal> refused;
        final int expiresTick = clock.tick() + CallRegistry.ticks(SECONDS * 1000L);
        final Pieces body = new Pieces();
        boolean done;

        Pending(Consumer<Refusal> refused) {
            this.refused = refused;
        }

        void refuse(Refusal refusal) {
            if (!done) {
                done = true;
                body.clear();
                waiting.remove(this);
                refused.accept(refusal);
            }
        }
    }

    /// Reads the body, then calls one of both; neither when the client hangs up first.
    void read(HttpServerRequest request, Consumer<byte[]> whole, Consumer<Refusal> refused) {
        if (waiting.size() >= maxWaiting) {
            refused.accept(Refusal.later(Refusal.Kind.UNAVAILABLE, "Too many requests wait", 1));
            return;
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
            var _ = request.response().writeContinue();
        }
        var pending = new Pending(refused);
        waiting.add(pending);
        request.exceptionHandler(_ -> {
            pending.done = true;
            waiting.remove(pending);
        });
        request.handler(chunk -> {
            if (pending.done) {
                return;
            }
            if (pending.body.length() + chunk.length() > maxBytes) {
                pending.refuse(tooLarge());
            } else {
                pending.body.add(chunk);
            }
        });
        request.endHandler(_ -> {
            if (!pending.done) {
                pending.done = true;
                waiting.remove(pending);
                whole.accept(pending.body.whole());
            }
        });
    }

    Refusal tooLarge() {
        return Refusal.of(Refusal.Kind.TOO_LARGE, "The body is larger than " + maxBytes + " bytes");
    }

    void onTick() {
        for (Pending pending : new ArrayList<>(waiting)) {
            if (clock.tick() > pending.expiresTick) {
                pending.refuse(Refusal.of(Refusal.Kind.SLOW, "The body took longer than " + SECONDS + " seconds"));
            }
        }
    }
}
