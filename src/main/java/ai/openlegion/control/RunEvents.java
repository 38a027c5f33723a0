package ai.openlegion.control;

import ai.openlegion.bus.Bus;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What happens in a run, as it happens: `GET /control/runs/{id}/events`, from its first event or behind
/// `Last-Event-ID`, to its end.
///
/// All who follow a run share one feed, so a thousand of them cost one query. It is dropped when the last one leaves.
/// Everything here runs on the verticle's event loop.
final class RunEvents {

    private final Bus bus;
    private final ControlSettings settings;
    private final Map<String, RunFeed> feeds = new HashMap<>();
    private Bus.Subscription subscription = () -> Future.succeededFuture();
    private int readers;

    RunEvents(Bus bus, ControlSettings settings) {
        this.bus = bus;
        this.settings = settings;
    }

    /// Hears the facts from now on, on the calling context.
    void start(Vertx vertx) {
        subscription = bus.subscribe(Workflows.HAPPENED, happened -> {
            RunFeed feed = feeds.get(happened.runId());
            if (feed != null) {
                feed.tell(happened.events());
            }
        });
        vertx.setPeriodic(
                settings.keepAlive().toMillis(),
                timer -> List.copyOf(feeds.values()).forEach(RunFeed::tick));
    }

    /// Ends every stream; done when no further fact will arrive.
    Future<?> close() {
        List.copyOf(feeds.values()).forEach(RunFeed::end);
        return subscription.cancel();
    }

    /// Begins a stream.
    void open(RoutingContext context) {
        HttpServerResponse response = context.response();
        OptionalLong after = after(context.request());
        String run = String.valueOf(context.pathParam("run"));
        if (after.isEmpty()) {
            Answers.write(response, Answer.refused(400, "Last-Event-ID must be the number of an event"));
        } else if (!RunRoutes.isId(run)) {
            Answers.write(response, RunRoutes.unknown());
        } else if (readers >= settings.runWatchers()) {
            response.putHeader("retry-after", "5");
            Answers.write(response, Answer.refused(503, "as many follow runs as may at once"));
        } else {
            readers++;
            RunFeed feed = feeds.computeIfAbsent(run, id -> new RunFeed(bus, id));
            feed.join(new RunReader(response, after.getAsLong(), reader -> left(run, feed, reader)));
        }
    }

    private void left(String run, RunFeed feed, RunReader reader) {
        readers--;
        if (feed.leave(reader)) {
            feeds.remove(run, feed);
        }
    }

    private static OptionalLong after(HttpServerRequest request) {
        String text = request.headers().contains("last-event-id")
                ? request.getHeader("last-event-id")
                : request.getParam("after");
        return text == null ? OptionalLong.of(0) : Numbers.parse(text, 0, Long.MAX_VALUE - 1);
    }
}
