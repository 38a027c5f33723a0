package ai.openlegion.control;

import ai.openlegion.audit.AuditPages;
import ai.openlegion.audit.Audits;
import ai.openlegion.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Everything that is decided, for the operator: `GET /control/events`, the audit as it grows and from any place on.
///
/// The id of an event is its number in the audit. `Last-Event-ID` or `?after=` resumes behind that number, `after=0`
/// begins with the first entry there is, and without either a stream begins now; with `follow=false` it ends where the
/// audit ends. Everything here runs on the verticle's event loop.
final class AuditEvents {

    private final Bus bus;
    private final AuditPages pages;
    private final ControlSettings settings;
    private final Map<HttpServerResponse, AuditStream> streams = new LinkedHashMap<>();
    private Bus.Subscription subscription = () -> Future.succeededFuture();
    private int opening;
    private long told;

    AuditEvents(Bus bus, AuditPages pages, ControlSettings settings) {
        this.bus = bus;
        this.pages = pages;
        this.settings = settings;
    }

    /// Hears the facts from now on, on the calling context.
    void start(Vertx vertx) {
        subscription = bus.subscribe(Audits.RECORDED, this::tell);
        vertx.setPeriodic(
                settings.keepAlive().toMillis(),
                timer -> List.copyOf(streams.values()).forEach(AuditStream::tick));
    }

    /// Ends every stream; done when no further fact will arrive.
    Future<?> close() {
        List.copyOf(streams.values()).forEach(AuditStream::end);
        streams.clear();
        return subscription.cancel();
    }

    /// Begins a stream.
    void open(RoutingContext context) {
        HttpServerResponse response = context.response();
        OptionalLong after = after(context.request());
        if (after.isEmpty()) {
            Answers.write(response, Answer.refused(400, "after and Last-Event-ID must be the number of an event"));
            return;
        }
        if (streams.size() + opening >= settings.eventStreams()) {
            response.putHeader("retry-after", "5");
            Answers.write(response, Answer.refused(503, "too many event streams are open"));
            return;
        }
        opening++;
        pages.last().onComplete(read -> {
            opening--;
            if (response.closed()) {
                return;
            }
            if (read.failed()) {
                Answers.write(response, Answers.refusedByStore(read.cause(), response));
                return;
            }
            begin(context, after.getAsLong(), read.result());
        });
    }

    private void begin(RoutingContext context, long after, long last) {
        HttpServerResponse response = context.response();
        told = Math.max(told, last);
        if (after > told) {
            Answers.write(response, Answer.refused(400, "there is no event " + after + "; the last one is " + told));
            return;
        }
        boolean follows = !"false".equals(context.request().getParam("follow"));
        long first = (after < 0 ? last : after) + 1;
        AuditStream stream = new AuditStream(response, EventFilter.of(context.request()), pages, follows, first, told);
        streams.put(response, stream);
        response.endHandler(ended -> streams.remove(response))
                .closeHandler(closed -> streams.remove(response))
                .exceptionHandler(broken -> streams.remove(response));
        stream.begin();
    }

    private void tell(Audits.Written written) {
        EventFrames frames = new EventFrames(written);
        told = Math.max(told, frames.lastSeq());
        List.copyOf(streams.values()).forEach(stream -> stream.tell(frames));
    }

    /// Behind which entry to begin: -1 = now, nothing where it is no number.
    private static OptionalLong after(HttpServerRequest request) {
        String text = request.headers().contains("last-event-id")
                ? request.getHeader("last-event-id")
                : request.getParam("after");
        return text == null ? OptionalLong.of(-1) : Numbers.parse(text, 0, Long.MAX_VALUE - 1);
    }
}
