package ai.openlegion.supervisor;

import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One runtime as the supervisor uses it: prepared before its first agent, bounded in time, and waited for while it
/// does
/// not answer. Everything happens on one event loop, whichever thread the runtime answers on.
final class Engine {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    /// An image may have to be built.
    private static final long PREPARE_MILLIS = Duration.ofMinutes(30).toMillis();

    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    /// Who is told how an engine fares.
    interface Listener {

        /// It does not answer.
        void lost(Engine engine, String why);

        /// It answers again, and this is what it still has of this home.
        void back(Engine engine, List<Instance> there);

        /// A step of its preparation.
        void progressed(String text);

        /// Makes the mesh listen on an address besides its own.
        Future<Void> listen(String address);

        int meshPort();
    }

    private final Vertx vertx;
    private final Context context;
    private final AgentRuntime runtime;
    private final Listener listener;
    private final long callMillis;
    private final Duration grace;
    private final Set<String> images = new LinkedHashSet<>();

    private @Nullable Future<Ground> prepared;
    private List<String> remarks = List.of();
    private boolean lost;
    private boolean closed;

    Engine(Vertx vertx, Context context, AgentRuntime runtime, SupervisorSettings settings, Listener listener) {
        this.vertx = vertx;
        this.context = context;
        this.runtime = runtime;
        this.listener = listener;
        callMillis = settings.engineSeconds() * 1000L;
        grace = Duration.ofSeconds(settings.stopSeconds());
    }

    AgentRuntime runtime() {
        return runtime;
    }

    boolean isLost() {
        return lost;
    }

    /// What the operator should know of where its agents stand.
    List<String> remarks() {
        return remarks;
    }

    /// Where its agents stand, once everything for this image is prepared.
    ///
    /// @param image besides the runtime's own; null = none
    Future<Ground> ground(@Nullable String image) {
        boolean known = image == null || !images.add(image);
        Future<Ground> last = prepared;
        if (last != null && known && !last.failed()) {
            return last;
        }
        Future<Ground> next = last == null ? prepare() : last.transform((_, _) -> prepare());
        prepared = next;
        return next;
    }

    private Future<Ground> prepare() {
        return call(PREPARE_MILLIS, all -> all.prepare(List.copyOf(images), listener.meshPort(), listener::progressed))
                .compose(ground -> {
                    List<String> found = new ArrayList<>(ground.remarks());
                    remarks = List.copyOf(found);
                    String address = ground.listenOn();
                    return address == null
                            ? Future.succeededFuture(ground)
                            : listener.listen(address)
                                    .map(ground)
                                    .recover(cause -> Future.failedFuture(new RuntimeFault(
                                            RuntimeFault.Kind.UNSTARTABLE,
                                            "the mesh cannot listen on " + address + ", where agents of "
                                                    + runtime.name() + " reach it: " + cause.getMessage())));
                });
    }

    /// Starts an agent. One that comes up after it was given up is stopped again.
    Future<Instance> start(Launch launch) {
        return call(4 * callMillis, all -> all.start(launch), late -> {
            var _ = stop(late.id());
        });
    }

    Future<Void> stop(String instance) {
        return call(grace.toMillis() + 2 * callMillis, all -> all.stop(instance, grace));
    }

    Future<Condition> look(String instance) {
        return call(2 * callMillis, all -> all.look(instance));
    }

    Future<Long> diskBytes(String instance) {
        return call(2 * callMillis, all -> all.diskBytes(instance));
    }

    Future<Void> forget(AgentId agent) {
        return call(2 * callMillis, all -> all.forget(agent));
    }

    Future<List<Instance>> survivors() {
        return call(2 * callMillis, AgentRuntime::survivors);
    }

    /// What to do about a failed call: whether the engine was the cause, which is then waited for.
    boolean isToBlameFor(Throwable failure) {
        boolean unavailable = failure instanceof RuntimeFault fault && fault.kind() == RuntimeFault.Kind.UNAVAILABLE;
        if (unavailable && !lost && !closed) {
            lost = true;
            prepared = null;
            String why = String.valueOf(failure.getMessage());
            LOG.log(Level.WARNING, "engine lost runtime=" + runtime.name() + " reason=\"" + why + '"');
            listener.lost(this, why);
            await(FIRST_PAUSE_MILLIS);
        }
        return unavailable;
    }

    private void await(long pauseMillis) {
        vertx.setTimer(pauseMillis, _ -> {
            if (!closed) {
                ground(null).compose(_ -> survivors()).onSuccess(this::regain).onFailure(_ -> {
                    prepared = null;
                    await(Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS));
                });
            }
        });
    }

    private void regain(List<Instance> there) {
        if (!closed) {
            lost = false;
            LOG.log(Level.INFO, "engine is back runtime=" + runtime.name());
            listener.back(this, there);
        }
    }

    /// It is waited for no more.
    void close() {
        closed = true;
    }

    private <T> Future<T> call(long millis, Function<AgentRuntime, Future<T>> work) {
        return call(millis, work, _ -> {});
    }

    /// @param late gets what comes after it was given up
    private <T> Future<T> call(long millis, Function<AgentRuntime, Future<T>> work, Consumer<T> late) {
        Promise<T> promise = Promise.promise();
        long deadline = vertx.setTimer(millis, _ -> {
            var _ = promise.tryFail(new RuntimeFault(
                    RuntimeFault.Kind.UNAVAILABLE,
                    "the engine of " + runtime.name() + " did not answer within " + millis / 1000 + " s"));
        });
        Future<T> asked;
        try {
            asked = work.apply(runtime);
        } catch (RuntimeException bug) {
            asked = Future.failedFuture(bug);
        }
        asked.onComplete(answer -> context.runOnContext(_ -> {
            vertx.cancelTimer(deadline);
            if (!answer.succeeded()) {
                var _ = promise.tryFail(answer.cause());
            } else if (!promise.tryComplete(answer.result())) {
                late.accept(answer.result());
            }
        }));
        return promise.future();
    }
}
