package ai.openlegion.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import java.util.function.Function;

/// The one door to the Vert.x event bus: typed requests, typed facts, failures as [BusException].
public final class Bus {

    private static final Logger LOG = System.getLogger("openlegion.bus");

    private final EventBus eventBus;

    public Bus(Vertx vertx) {
        eventBus = vertx.eventBus();
        eventBus.codecSelector(body -> body instanceof Wire ? WireCodec.NAME : null);
        WireCodec.register(eventBus);
    }

    /// Asks an endpoint; fails with a [BusException] when it has no handler, does not answer in time, or fails.
    public <Q extends Wire, R extends Wire> Future<R> ask(Endpoint<Q, R> endpoint, Q question) {
        DeliveryOptions options = new DeliveryOptions()
                .setSendTimeout(endpoint.timeout().toMillis())
                .setLocalOnly(endpoint.scope() == Scope.NODE);
        return eventBus.<Object>request(endpoint.address(), question, options)
                .transform((message, failure) -> failure == null
                        ? Future.succeededFuture(endpoint.answer().cast(message.body()))
                        : Future.failedFuture(new BusException(reason(failure), endpoint.address())));
    }

    /// Serves an endpoint on the calling context. A handler that throws or fails is logged here and answers at once.
    public <Q extends Wire, R extends Wire> Future<Void> serve(
            Endpoint<Q, R> endpoint, Function<Q, Future<? extends R>> handler) {
        MessageConsumer<Object> consumer = endpoint.scope() == Scope.NODE
                ? eventBus.localConsumer(endpoint.address())
                : eventBus.consumer(endpoint.address());
        consumer.handler(message -> answer(endpoint, handler, message.body())
                .onSuccess(message::reply)
                .onFailure(cause -> {
                    LOG.log(Level.ERROR, "bus request failed address=" + endpoint.address(), cause);
                    message.fail(1, "handler failed");
                }));
        return consumer.completion();
    }

    /// Publishes a fact to all current subscribers; delivery is best effort.
    public <E extends Wire> void publish(Topic<E> topic, E fact) {
        eventBus.publish(topic.address(), fact, new DeliveryOptions().setLocalOnly(topic.scope() == Scope.NODE));
    }

    /// Hears every fact of a topic on the calling context until [Subscription#cancel].
    public <E extends Wire> Subscription subscribe(Topic<E> topic, Consumer<E> listener) {
        MessageConsumer<Object> consumer = topic.scope() == Scope.NODE
                ? eventBus.localConsumer(topic.address())
                : eventBus.consumer(topic.address());
        consumer.handler(message -> listener.accept(topic.fact().cast(message.body())));
        return consumer::unregister;
    }

    /// A listener's place on a topic.
    @FunctionalInterface
    public interface Subscription {
        /// Stops hearing; done when no further fact will arrive.
        Future<Void> cancel();
    }

    private static <Q extends Wire, R extends Wire> Future<? extends R> answer(
            Endpoint<Q, R> endpoint, Function<Q, Future<? extends R>> handler, Object body) {
        try {
            return handler.apply(endpoint.request().cast(body));
        } catch (RuntimeException bug) {
            return Future.failedFuture(bug);
        }
    }

    private static BusException.Reason reason(Throwable failure) {
        if (failure instanceof ReplyException reply) {
            if (reply.failureType() == ReplyFailure.NO_HANDLERS) {
                return BusException.Reason.NO_HANDLER;
            }
            if (reply.failureType() == ReplyFailure.TIMEOUT) {
                return BusException.Reason.TIMEOUT;
            }
        }
        return BusException.Reason.HANDLER_FAILED;
    }
}
