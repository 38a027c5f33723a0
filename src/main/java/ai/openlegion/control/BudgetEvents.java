package ai.openlegion.control;

import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Live spend for the operator: `GET /control/budgets/events`, one snapshot of all accounts and then each fact.
///
/// Events are `snapshot`, `spent` (accounts that changed, as they stand now), `warned` and `frozen`, with ids that rise
/// by one. A client that reconnects gets a new snapshot, so nothing is kept for it. Everything here runs on the
/// verticle's event loop, and nothing is buffered for a reader beyond its socket's write queue: one that lets that fill
/// is disconnected.
final class BudgetEvents {

    private static final Logger LOG = System.getLogger("openlegion.control");

    /// What a reader may leave unread; a snapshot of a thousand agents fits.
    private static final int UNREAD_BYTES = 1 << 20;

    private static final Buffer KEEP_ALIVE = Buffer.buffer(": keep-alive\n\n");

    private final Bus bus;
    private final ControlSettings settings;
    private final Set<HttpServerResponse> readers = new LinkedHashSet<>();
    private final List<Bus.Subscription> subscriptions = new ArrayList<>();
    private int opening;
    private long lastId;

    BudgetEvents(Bus bus, ControlSettings settings) {
        this.bus = bus;
        this.settings = settings;
    }

    /// Hears the facts from now on, on the calling context.
    void start(Vertx vertx) {
        subscriptions.add(bus.subscribe(
                Budget.SPENT, spent -> publish("spent", json -> Accounts.all(json, spent.fleet(), spent.agents()))));
        subscriptions.add(bus.subscribe(
                Budget.WARNED,
                warned -> publish("warned", json -> {
                    json.writeStartObject();
                    var agent = warned.agent();
                    json.writeStringField("agent", agent == null ? null : agent.value());
                    json.writeNumberField("percent", warned.percent());
                    json.writeStringField("window", warned.window().name().toLowerCase(Locale.ROOT));
                    Accounts.window(json, warned.window().name().toLowerCase(Locale.ROOT), warned.state());
                    json.writeEndObject();
                })));
        subscriptions.add(bus.subscribe(
                Budget.FROZEN,
                frozen -> publish("frozen", json -> {
                    json.writeStartObject();
                    json.writeStringField("agent", frozen.agent().value());
                    json.writeEndObject();
                })));
        vertx.setPeriodic(settings.keepAlive().toMillis(), timer -> send(KEEP_ALIVE));
    }

    /// Ends every stream; done when no further fact will arrive.
    Future<?> close() {
        List.copyOf(readers).forEach(reader -> reader.end().onComplete(ended -> {}));
        readers.clear();
        return Future.join(subscriptions.stream().map(Bus.Subscription::cancel).toList());
    }

    /// Begins a stream, with the snapshot first.
    void open(RoutingContext context) {
        HttpServerResponse response = context.response();
        if (readers.size() + opening >= settings.eventStreams()) {
            response.putHeader("retry-after", "5");
            Answers.write(response, Answer.refused(503, "too many event streams are open"));
            return;
        }
        opening++;
        bus.ask(Budget.READ, new Budget.Read()).onComplete(read -> {
            opening--;
            if (response.closed()) {
                return;
            }
            if (read.failed()) {
                Answers.write(response, Answers.fault(read.cause(), response));
                return;
            }
            response.setChunked(true)
                    .setWriteQueueMaxSize(UNREAD_BYTES)
                    .putHeader("content-type", "text/event-stream")
                    .closeHandler(closed -> readers.remove(response))
                    .exceptionHandler(broken -> readers.remove(response));
            Budget.Accounts accounts = read.result();
            readers.add(response);
            send(response, event("snapshot", lastId, json -> Accounts.all(json, accounts.fleet(), accounts.agents())));
        });
    }

    private void publish(String name, Answer.Document data) {
        lastId++;
        if (!readers.isEmpty()) {
            send(event(name, lastId, data));
        }
    }

    private void send(Buffer bytes) {
        for (HttpServerResponse reader : List.copyOf(readers)) {
            if (reader.writeQueueFull()) {
                drop(reader);
            } else {
                send(reader, bytes);
            }
        }
    }

    private static void send(HttpServerResponse reader, Buffer bytes) {
        reader.write(bytes).onFailure(gone -> LOG.log(Level.DEBUG, "event reader left"));
    }

    private void drop(HttpServerResponse reader) {
        readers.remove(reader);
        LOG.log(Level.WARNING, "event reader dropped, it reads too slowly request_id=" + Answers.requestId(reader));
        reader.reset().onComplete(done -> {});
    }

    private static Buffer event(String name, long id, Answer.Document data) {
        return Buffer.buffer(("id: " + id + "\nevent: " + name + "\ndata: ").getBytes(StandardCharsets.US_ASCII))
                .appendBuffer(Answer.encode(data))
                .appendString("\n\n");
    }
}
