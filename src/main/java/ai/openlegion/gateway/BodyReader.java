package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Reads request bodies whole, within a size and a time.
final class BodyReader {

    /// How long a body may take: at this pace the largest one still fits through a slow line.
    private static final int SECONDS = 60;

    /// Bytes of unfinished bodies that one event loop holds: four of the largest, an eighth of the smallest heap we run
    /// on.
    private static final long MAX_WAITING_BYTES = 128L * 1024 * 1024;

    private final CallRegistry clock;
    private final int maxBytes;
    private final int maxWaiting;
    private final Set<Pending> waiting = new HashSet<>();
    private final Map<AgentId, Integer> bodiesByAgent = new HashMap<>();
    private final HeldBytes held = new HeldBytes(MAX_WAITING_BYTES);

    BodyReader(CallRegistry clock, int maxBytes, int maxWaiting) {
        this.clock = clock;
        this.maxBytes = maxBytes;
        this.maxWaiting = maxWaiting;
    }

    private final class Pending {
        final AgentId agent;
        final int maxBytes;
        final Consumer<Refusal> refused;
        final int expiresTick = clock.tick() + CallRegistry.ticks(SECONDS * 1000L);
        final Pieces body = new Pieces();
        final HeldBytes.Share room;
        boolean done;

        Pending(AgentId agent, int maxBytes, Consumer<Refusal> refused) {
            this.agent = agent;
            room = held.share(agent);
            this.maxBytes = maxBytes;
            this.refused = refused;
        }

        void leave() {
            if (waiting.remove(this)) {
                bodiesByAgent.computeIfPresent(agent, (_, mine) -> mine == 1 ? null : mine - 1);
            }
            room.giveBack();
            body.clear();
        }

        void refuse(Refusal refusal) {
            if (!done) {
                done = true;
                leave();
                refused.accept(refusal);
            }
        }
    }

    /// Reads the body, then calls one of both; neither when the client hangs up first.
    void read(HttpServerRequest request, AgentId agent, Consumer<byte[]> whole, Consumer<Refusal> refused) {
        read(request, agent, maxBytes, whole, refused);
    }

    /// Reads a body of at most so many bytes.
    void read(
            HttpServerRequest request, AgentId agent, int maxBytes, Consumer<byte[]> whole, Consumer<Refusal> refused) {
        // half of the places for one agent: with the rest of them the others go on
        if (waiting.size() >= maxWaiting || bodiesByAgent.getOrDefault(agent, 0) >= (maxWaiting + 1) / 2) {
            refused.accept(Refusal.later(Refusal.Kind.UNAVAILABLE, "Too many requests wait", 1));
            return;
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
            var _ = request.response().writeContinue();
        }
        var pending = new Pending(agent, maxBytes, refused);
        waiting.add(pending);
        bodiesByAgent.merge(agent, 1, Integer::sum);
        request.exceptionHandler(_ -> {
            pending.done = true;
            pending.leave();
        });
        request.handler(chunk -> {
            if (pending.done) {
                return;
            }
            if (pending.body.length() + chunk.length() > pending.maxBytes) {
                pending.refuse(tooLarge(pending.maxBytes));
            } else if (!pending.room.take(chunk.length())) {
                pending.refuse(Refusal.later(Refusal.Kind.UNAVAILABLE, "Too many large bodies wait", 1));
            } else {
                pending.body.add(chunk);
            }
        });
        request.endHandler(_ -> {
            if (!pending.done) {
                pending.done = true;
                byte[] body = pending.body.whole();
                pending.leave();
                whole.accept(body);
            }
        });
    }

    Refusal tooLarge() {
        return tooLarge(maxBytes);
    }

    static Refusal tooLarge(int maxBytes) {
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
