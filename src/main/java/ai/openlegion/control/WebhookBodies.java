package ai.openlegion.control;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;

/// The reading of bodies from senders that have not proven anything yet: few at once, each bounded in size and time.
final class WebhookBodies {

    /// Together no more than 64 MiB.
    private static final int AT_ONCE = 64;

    private static final long LONGEST_MILLIS = 30_000;

    private final Vertx vertx;
    private final int maxBytes;
    private int open;

    WebhookBodies(Vertx vertx, int maxBytes) {
        this.vertx = vertx;
        this.maxBytes = maxBytes;
    }

    /// Hands over the whole body, or refuses the request; then the handler is not called.
    void read(RoutingContext context, Consumer<byte[]> handler) {
        if (open >= AT_ONCE) {
            context.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            Answers.write(context.response(), Answer.refused(503, "too many calls are coming in at once"));
            return;
        }
        open++;
        new Reading(context, handler).begin();
    }

    /// One body under way; it ends once, in whichever way comes first.
    private final class Reading {

        private final RoutingContext context;
        private final HttpServerRequest request;
        private final Consumer<byte[]> handler;
        private final long timer;
        private Buffer body = Buffer.buffer();
        private boolean over;

        Reading(RoutingContext context, Consumer<byte[]> handler) {
            this.context = context;
            this.handler = handler;
            request = context.request();
            timer = vertx.setTimer(
                    LONGEST_MILLIS,
                    late -> refuse(
                            Answer.refused(408, "the body did not come within " + LONGEST_MILLIS / 1000 + " seconds")));
        }

        void begin() {
            request.exceptionHandler(broken -> {
                var _ = end();
            });
            request.handler(chunk -> {
                if (over) {
                    return; // what still comes is read and forgotten, so that the sender gets to read the refusal
                }
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

        private void refuse(Answer answer) {
            if (end()) {
                Answers.write(context.response(), answer);
            }
        }

        private boolean end() {
            if (over) {
                return false;
            }
            over = true;
            open--;
            body = Buffer.buffer();
            boolean _ = vertx.cancelTimer(timer);
            return true;
        }
    }
}
