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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One runtime as the supervisor uses it: prepared before its first agent, bounded in time, and waited for while it
/// does not answer. Everything happens on one event loop, whichever thread the runtime answers on.
final class Engine {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    /// An image may have to be built.
    private static final long PREPARE_MILLIS = Duration.ofMinutes(30).toMillis();

    /// Fewer than a runtime has threads: starts and stops need some, too.
    private static final int LOOKS_AT_ONCE = 4;

    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    /// An engine that is asked only whether it is there has this part of a call's time for it.
    private static final int PING_SHARE = 3;

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
    /// Looks wait for their turn here, where no deadline runs yet, and not behind each other at the runtime.
    private final Permits looks = new Permits(LOOKS_AT_ONCE);

    private Future<Ground> laid = Future.failedFuture("nothing is prepared yet");
    private @Nullable Future<Ground> prepared;
    private @Nullable Future<Boolean> asking;
    private String unheard = "";
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
        if (unheard.isEmpty()) {
            return remarks;
        }
        List<String> all = new ArrayList<>(remarks);
        all.add(unheard);
        return List.copyOf(all);
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
        laid = call(PREPARE_MILLIS, all -> all.prepare(List.copyOf(images), listener.meshPort(), listener::progressed));
        return laid.compose(ground -> {
            remarks = ground.remarks();
            String address = ground.listenOn();
            return address == null
                    ? Future.succeededFuture(ground)
                    : listener.listen(address)
                            .map(ground)
                            .recover(cause -> Future.failedFuture(new RuntimeFault(
                                    RuntimeFault.Kind.UNSTARTABLE,
                                    "the mesh cannot listen on " + address + ", where agents of " + runtime.name()
                                            + " reach it: " + cause.getMessage())));
        });
    }

    /// Makes what agents stand in that run already as it should be, before they are taken over.
    ///
    /// The mesh listens there as soon as it listens at all, which is not waited for; nor is an image that has to be
    /// built, for longer than one call may take: network and filter come first.
    Future<Void> restore() {
        Promise<Void> done = Promise.promise();
        long late = vertx.setTimer(callMillis, _ -> done.tryComplete());
        hold(FIRST_PAUSE_MILLIS);
        laid.onComplete(ground -> {
            vertx.cancelTimer(late);
            if (ground.succeeded()) {
                var _ = done.tryComplete();
            } else {
                var _ = done.tryFail(ground.cause());
            }
        });
        return done.future();
    }

    /// Until the mesh listens where agents that run already look for it.
    private void hold(long pauseMillis) {
        ground(null).onSuccess(_ -> unheard = "").onFailure(cause -> {
            unheard = String.valueOf(cause.getMessage());
            LOG.log(
                    Level.ERROR,
                    "agents may not reach the mesh runtime=" + runtime.name() + " reason=\"" + unheard + '"');
            vertx.setTimer(pauseMillis, _ -> {
                if (!closed) {
                    hold(Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS));
                }
            });
        });
    }

    /// Starts an agent. One that comes up after it was given up is stopped again.
    Future<Instance> start(Launch launch) {
        return call(4 * callMillis, all -> all.start(launch), late -> {
            var _ = stop(late.id());
        });
    }

    Future<Void> stop(String instance) {
        return stop(instance, grace);
    }

    /// Ends it by force, at once.
    Future<Void> kill(String instance) {
        return stop(instance, Duration.ZERO);
    }

    private Future<Void> stop(String instance, Duration peace) {
        return call(peace.toMillis() + 2 * callMillis, all -> all.stop(instance, peace));
    }

    Future<Condition> look(String instance) {
        return inTurn(() -> call(2 * callMillis, all -> all.look(instance)));
    }

    Future<Long> diskBytes(String instance) {
        return inTurn(() -> call(2 * callMillis, all -> all.diskBytes(instance)));
    }

    Future<Void> forget(AgentId agent) {
        return call(2 * callMillis, all -> all.forget(agent));
    }

    Future<List<Instance>> survivors() {
        return call(2 * callMillis, AgentRuntime::survivors);
    }

    private <T> Future<T> inTurn(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        looks.enter(() -> work.get().onComplete(answer -> {
            looks.leave();
            promise.handle(answer);
        }));
        return promise.future();
    }

    /// What to do about a failed call: whether the engine was the cause, which is then waited for. What fails for one
    /// agent, or takes too long for one, is its own fault as long as the engine itself answers: it is asked.
    Future<Boolean> isToBlameFor(Throwable failure) {
        boolean unavailable = failure instanceof RuntimeFault fault && fault.kind() == RuntimeFault.Kind.UNAVAILABLE;
        if (!unavailable || lost || closed) {
            return Future.succeededFuture(unavailable);
        }
        Future<Boolean> known = asking;
        if (known != null) {
            return known;
        }
        Future<Boolean> verdict = call(callMillis / PING_SHARE, AgentRuntime::check)
                .transform((_, silence) -> {
                    asking = null;
                    if (silence != null) {
                        lose(String.valueOf(failure.getMessage()));
                    }
                    return Future.succeededFuture(silence != null);
                });
        if (!verdict.isComplete()) {
            asking = verdict;
        }
        return verdict;
    }

    private void lose(String why) {
        if (!lost && !closed) {
            lost = true;
            prepared = null;
            LOG.log(Level.WARNING, "engine lost runtime=" + runtime.name() + " reason=\"" + why + '"');
            listener.lost(this, why);
            await(FIRST_PAUSE_MILLIS);
        }
    }

    private void await(long pauseMillis) {
        vertx.setTimer(pauseMillis, _ -> {
            if (!closed) {
                // asked first whether it is there at all: what is prepared may take very long
                call(callMillis, AgentRuntime::check)
                        .compose(_ -> ground(null))
                        .compose(_ -> survivors())
                        .onSuccess(this::regain)
                        .onFailure(_ -> {
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
