package ai.openlegion.control;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The reading of bodies from senders that have not proven anything yet: few at once, each bounded in size and time.
///
/// Where no place is left, the one that has been at it longest gives way once it is slow: senders that never finish
/// cannot keep out those that do.
final class WebhookBodies {

    /// Together no more than 64 MiB.
    private static final int AT_ONCE = 64;

    /// From one other machine. A proxy on this one speaks for many, and is bounded by the whole.
    private static final int AT_ONCE_FROM_ONE = 16;

    /// A body that fits takes this long at 8 Mbit/s.
    private static final long SLOW_MILLIS = 1_000;

    private static final long LONGEST_MILLIS = 30_000;

    private final Vertx vertx;
    private final RequestGuard guard;
    private final int maxBytes;

    /// In the order in which they began.
    private final Set<Reading> open = new LinkedHashSet<>();

    WebhookBodies(Vertx vertx, RequestGuard guard, int maxBytes) {
        this.vertx = vertx;
        this.guard = guard;
        this.maxBytes = maxBytes;
    }

    /// Hands over the whole body, or refuses the request; then the handler is not called.
    void read(RoutingContext context, Consumer<byte[]> handler) {
        String from = address(context.request());
        if (!hasRoom(AT_ONCE, reading -> true)
                || (!from.isEmpty() && !hasRoom(AT_ONCE_FROM_ONE, reading -> reading.from.equals(from)))) {
            context.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            Answers.write(context.response(), Answer.refused(503, "too many calls are coming in at once"));
            return;
        }
        Reading reading = new Reading(context.request(), from, handler);
        open.add(reading);
        reading.begin();
    }

    private boolean hasRoom(int most, Predicate<Reading> counts) {
        List<Reading> counted = open.stream().filter(counts).toList();
        return counted.size() < most || counted.getFirst().givesWay();
    }

    /// Empty for this machine.
    private static String address(HttpServerRequest request) {
        SocketAddress remote = request.remoteAddress();
        String host = remote == null ? null : remote.hostAddress();
        return host == null || host.startsWith("127.") || host.equals("::1") || host.equals("0:0:0:0:0:0:0:1")
                ? ""
                : host;
    }

    /// One body under way; it ends once, in whichever way comes first.
    private final class Reading {

        private final HttpServerRequest request;
        private final String from;
        private final Consumer<byte[]> handler;
        private long timer;
        private boolean slow;
        private Buffer body = Buffer.buffer();
        private boolean over;

        Reading(HttpServerRequest request, String from, Consumer<byte[]> handler) {
            this.from = from;
            this.handler = handler;
            this.request = request;
        }

        void begin() {
            timer = vertx.setTimer(SLOW_MILLIS, late -> {
                slow = true;
                timer = vertx.setTimer(LONGEST_MILLIS - SLOW_MILLIS, tooLate -> tooSlow(LONGEST_MILLIS));
            });
            request.exceptionHandler(broken -> {
                var _ = end();
            });
            request.handler(chunk -> {
                if (body.length() + chunk.length() > maxBytes) {
                    refuse(Answer.refused(413, "the body may have at most " + maxBytes + " bytes"));
                } else {
                    body.appendBuffer(chunk);
                }
            });
            request.endHandler(whole -> {
                byte[] bytes = body.getBytes();
                if (end()) {
                    handler.accept(bytes);
                }
            });
        }

        /// Whether it has left its place to another.
        boolean givesWay() {
            if (slow) {
                tooSlow(SLOW_MILLIS);
            }
            return slow;
        }

        private void tooSlow(long millis) {
            refuse(Answer.refused(408, "the body did not come within " + millis / 1000 + " s"));
        }

        private void refuse(Answer answer) {
            if (end()) {
                guard.refuseAndLinger(vertx, request, answer);
            }
        }

        private boolean end() {
            if (over) {
                return false;
            }
            over = true;
            open.remove(this);
            body = Buffer.buffer();
            boolean _ = vertx.cancelTimer(timer);
            return true;
        }
    }
}
