package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Usage;
import ai.openlegion.proxy.AnswerStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import org.jspecify.annotations.Nullable;

/// The pump of a streamed answer: provider → meter → client, with back-pressure both ways.
///
/// Frames that arrive in one event-loop turn leave in one write, because a write costs several times what all the rest
/// does; a frame that arrives alone leaves in the same turn.
final class StreamedAnswer {

    private final Call call;
    private final Attempt attempt;
    private final HttpServerResponse client;
    private final StreamOut out = new StreamOut();
    private final ClientStream words;
    private final HeldBack held;
    private final AnswerStream stream;
    private final boolean http1;
    private @Nullable HttpClientResponse provider;
    private boolean begun;
    private boolean told;
    private boolean paused;
    private int pausedTick;
    private boolean flushPlanned;
    private int writtenTick;

    StreamedAnswer(Call call, HttpVersion version) {
        this.call = call;
        attempt = call.attempt();
        client = call.response;
        begun = client.headWritten(); // by the keep-alives of an attempt before
        http1 = version != HttpVersion.HTTP_2;
        long granted = attempt.hold.outputTokens();
        int choices = call.chat().choices();
        long limit = granted > Long.MAX_VALUE / choices ? Long.MAX_VALUE : granted * choices;
        Dialect spoken = attempt.candidate().spoken();
        AnswerReader reader = attempt.candidate().reader(call.chat().includeUsage());
        words = call.door.stream(out, reader, spoken, call.chat());
        held = new HeldBack(words, out, call.fleet.vault());
        stream = new AnswerStream(held, reader, limit);
        writtenTick = call.loop.calls().tick();
    }

    /// Starts pumping; what arrived before is still in the paused response.
    void pump(HttpClientResponse response) {
        provider = response;
        response.exceptionHandler(_ -> providerGone());
        response.endHandler(_ -> {
            call.upstreamEnded(attempt);
            providerGone();
        });
        response.handler(this::chunk);
    }

    boolean isPaused() {
        return paused;
    }

    /// Whether the client has or is about to get part of the answer, so that an HTTP status can no longer say how it
    /// went.
    boolean hasBegun() {
        return begun || !out.isEmpty();
    }

    /// Whether the client has got any of what the provider said.
    boolean hasTold() {
        return told;
    }

    /// Another model is asked: what has not been told never is.
    void discard() {
        out.keep(0);
    }

    /// The provider's figures where they are its last word; those that some send beside every delta are not, while
    /// it may go on.
    @Nullable
    Usage finalUsage() {
        return stream.isUsageFinal(call.chat().choices()) ? stream.usage() : null;
    }

    long lowerBound() {
        return stream.lowerBound();
    }

    long upperBound() {
        Usage running = stream.usage();
        return Math.max(stream.upperBound(), running == null ? 0 : running.outputTokens());
    }

    private void chunk(Buffer chunk) {
        if (call.isOver(attempt)) {
            return;
        }
        call.guarded(() -> read(chunk));
    }

    private void read(Buffer chunk) {
        out.expect(chunk.length());
        long before = stream.documents();
        AnswerStream.State state = stream.feed(((BufferInternal) chunk).getByteBuf());
        if (stream.documents() > before) {
            // a comment shows that the provider lives, not that it works: only documents renew its patience
            call.answers(call.loop.limits().readIdleSeconds() * 1000L);
        }
        switch (state) {
            case OPEN -> planFlush();
            case COMPLETE -> complete();
            case OVER_LIMIT -> call.cutForBudget("The provider went past the maximum that the budget pays for");
            case PROVIDER_ERROR ->
                call.failed(
                        attempt,
                        Failure.of(stream.fault()),
                        Refusal.reported(stream.fault(), attempt.candidate().spoken(), call.fleet.vault()));
            case GARBAGE ->
                call.failed(
                        attempt,
                        Failure.BROKEN,
                        Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The provider sent what is no stream of its dialect"));
        }
    }

    private void planFlush() {
        if (!flushPlanned && !out.isEmpty()) {
            flushPlanned = true;
            call.loop.context().runOnContext(_ -> {
                flushPlanned = false;
                if (!call.isOver(attempt)) {
                    flush();
                }
            });
        }
    }

    private void flush() {
        int ready = release(false);
        if (ready == 0) {
            return;
        }
        begin();
        if (!told) {
            told = true;
            call.told();
        }
        writtenTick = call.loop.calls().tick();
        var _ = client.write(held.take(ready));
        if (client.writeQueueFull() && provider != null && !paused) {
            paused = true;
            pausedTick = writtenTick;
            provider.pause();
            client.drainHandler(_ -> {
                paused = false;
                call.heard();
                if (provider != null) {
                    provider.resume();
                }
            });
        }
    }

    /// How many of the gathered bytes may leave: all, less a tail that could begin a credential; 0 and a failed call
    /// where a credential stands in them.
    private int release(boolean last) {
        if (out.isEmpty()) {
            return 0;
        }
        if (leaks()) {
            out.keep(0);
            call.fail(Refusal.leaked("provider"), "blocked");
            return 0;
        }
        return last ? out.length() : held.releasable();
    }

    /// Whether a credential stands in what is about to leave, in one frame or across several.
    private boolean leaks() {
        return held.leaked() || call.fleet.vault().leaks(out.bytes(), 0, out.length());
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        client.putHeader("content-type", Shapes.EVENTS).putHeader("cache-control", "no-cache");
        call.headers();
        if (http1) {
            client.setChunked(true);
        }
    }

    private void complete() {
        Door.Receipt receipt = call.settleByUsage(stream.usage(), stream.lowerBound(), stream.upperBound());
        byte[] closing = words.closing(receipt);
        if (closing != null) {
            out.append(closing);
        }
        if (release(true) == 0 && call.isEnded()) {
            return;
        }
        begin();
        call.finish();
        var _ = client.end(held.take(out.length()));
    }

    /// The provider's side is over; after a complete answer that is its proper end.
    private void providerGone() {
        call.failed(
                attempt,
                Failure.BROKEN,
                Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The provider's stream ended before its answer was whole"));
    }

    void onTick(int tick) {
        if (paused) {
            if (tick - pausedTick > CallRegistry.ticks(call.loop.limits().slowClientSeconds() * 1000L)) {
                call.abandon(); // a client that reads nothing may not keep a provider's connection and a hold for ever
                var _ = client.reset();
            }
            return;
        }
        int silence = CallRegistry.ticks(call.loop.limits().keepAliveSeconds() * 1000L);
        if (tick - writtenTick >= silence) {
            begin();
            writtenTick = tick;
            var _ = client.write(Buffer.buffer(words.keepAlive()));
        }
    }

    /// Ends the response with what was metered so far and these last bytes.
    private void endWith(byte[] last) {
        if (client.ended() || client.closed()) {
            return;
        }
        out.keep(leaks() ? 0 : held.releasable());
        out.append(last);
        begin();
        var _ = client.end(held.take(out.length()));
    }

    /// Ends the response the way a cut does.
    void cut(Refusal refusal) {
        endWith(words.cut(call.chat().choices(), stream.lowerBound(), refusal));
    }

    /// Ends the response with an error that no client takes for the end of an answer.
    void fail(Refusal refusal) {
        endWith(words.failure(stream.lowerBound(), refusal));
    }
}
