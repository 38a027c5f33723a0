package ai.openlegion.gateway;

import ai.openlegion.vault.ByteWatch;
import ai.openlegion.vault.LeakScan;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerResponse;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A service's answer on its way through: as it comes, with back-pressure both ways and a search for credentials; only
/// a tail that may begin one waits.
final class PassedAnswer implements BodyPassage {

    /// An answer of at most so many bytes leaves when it is whole, so that one that is stopped can still say why.
    private static final long MAX_WHOLE = 256 * 1024;

    private final ServiceCall call;
    private final HttpServerResponse agent;
    private final boolean http1;
    private final LeakScan scan;
    private final ByteWatch watch;
    private final Pieces waiting = new Pieces();
    private @Nullable HttpClientResponse service;
    private long length = -1;
    private boolean collects;
    private boolean paused;
    private int pausedTick;

    PassedAnswer(ServiceCall call, boolean http1) {
        this.call = call;
        this.http1 = http1;
        agent = call.response;
        scan = call.scan();
        watch = scan.byteWatch();
    }

    void take(HttpClientResponse response) {
        service = response;
        String location = null;
        if (isRedirect(response.statusCode()) && response.getHeader("location") != null) {
            location = ServicePath.redirected(call.called(), call.asked.target(), response.getHeader("location"));
            if (location == null) {
                call.fail(
                        Refusal.of(
                                Refusal.Kind.PROVIDER_BROKEN,
                                "The service redirects to somewhere else than below its base URL; that is not followed"),
                        "failed");
                return;
            }
        }
        agent.setStatusCode(response.statusCode());
        call.headers();
        ServiceHeaders.toAgent(response.headers(), scan::redact, agent::putHeader);
        if (location != null) {
            agent.putHeader("location", scan.redact(location));
        }
        length = length(response.getHeader("content-length"));
        if (!mayHaveBody(response.statusCode())) {
            if (length >= 0 && call.asked.method().equals("HEAD")) {
                agent.putHeader("content-length", Long.toString(length));
            }
            length = -1;
            collects = true;
        } else {
            collects = length >= 0 && length <= MAX_WHOLE;
        }
        call.passesOn(this);
        response.exceptionHandler(_ -> call.fail(ServiceExchange.brokenOff(), "failed"));
        response.endHandler(_ -> {
            call.upstreamEnded();
            if (!call.isEnded()) {
                call.guarded(this::complete);
            }
        });
        response.handler(chunk -> call.guarded(() -> read(chunk)));
    }

    private static boolean isRedirect(int status) {
        return status >= 300 && status < 400 && status != 304;
    }

    private boolean mayHaveBody(int status) {
        return status != 204 && status != 304 && !call.asked.method().equals("HEAD");
    }

    private static long length(@Nullable String header) {
        return header == null
                        || header.length() > 15
                        || !header.chars().allMatch(c -> c >= '0' && c <= '9')
                        || header.isEmpty()
                ? -1
                : Long.parseLong(header);
    }

    private void read(Buffer chunk) {
        if (call.isEnded()) {
            return;
        }
        call.heard();
        byte[] bytes = chunk.getBytes();
        if (watch.completes(bytes, 0, bytes.length)) {
            call.fail(ServiceExchange.leaked(), "blocked");
            return;
        }
        waiting.add(Buffer.buffer(bytes));
        int ready = waiting.length() - Math.min(waiting.length(), watch.pending());
        if (collects || ready == 0) {
            return;
        }
        byte[] all = waiting.whole();
        waiting.clear();
        waiting.add(Buffer.buffer(Arrays.copyOfRange(all, ready, all.length)));
        begin();
        var _ = agent.write(Buffer.buffer(ready == all.length ? all : Arrays.copyOf(all, ready)));
        if (agent.writeQueueFull() && !paused) {
            pause();
        }
    }

    private void pause() {
        HttpClientResponse from = service;
        if (from == null) {
            return;
        }
        paused = true;
        pausedTick = call.loop.calls().tick();
        from.pause();
        agent.drainHandler(_ -> {
            paused = false;
            call.heard();
            from.resume();
        });
    }

    private void begin() {
        if (agent.headWritten()) {
            return;
        }
        if (length >= 0) {
            agent.putHeader("content-length", Long.toString(length));
        } else if (http1) {
            agent.setChunked(true);
        }
    }

    private void complete() {
        call.finish();
        if (!agent.headWritten() && waiting.length() == 0) {
            var _ = agent.end();
            return;
        }
        var _ = agent.end(Buffer.buffer(waiting.whole()));
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    @Override
    public void onTick(int tick) {
        if (paused && tick - pausedTick > CallRegistry.ticks(call.loop.limits().slowClientSeconds() * 1000L)) {
            call.abandon(); // an agent that reads nothing may not keep a service's connection for ever
            var _ = agent.reset();
        }
    }
}
