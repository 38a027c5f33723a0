package ai.openlegion.supervisor;

import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A runtime whose engine fails as the test says: dead, hanging, or at fault for one agent only. Nothing runs.
final class ScriptedRuntime implements AgentRuntime {

    private final String name;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<String, Instance> instances = new ConcurrentHashMap<>();
    private final Map<String, Condition> ends = new ConcurrentHashMap<>();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

    /// Agents whose start fails although the engine is sound.
    final Set<String> startless = ConcurrentHashMap.newKeySet();

    /// Agents whose volume cannot be measured although the engine is sound.
    final Set<String> immeasurable = ConcurrentHashMap.newKeySet();

    final Map<String, Long> bytes = new ConcurrentHashMap<>();
    final List<String> forgotten = new CopyOnWriteArrayList<>();
    final AtomicInteger stubborn = new AtomicInteger();
    final AtomicInteger starts = new AtomicInteger();
    final AtomicInteger looks = new AtomicInteger();
    volatile boolean dead;
    volatile boolean hanging;
    volatile @Nullable String listenOn;

    ScriptedRuntime(String name) {
        this.name = name;
    }

    /// Something of an earlier mesh that no mesh has a record of.
    void leave(String id, String agent) {
        instances.put(id, new Instance(id, new AgentId(agent), "an-earlier-start", null, null, true, ""));
    }

    Set<String> there() {
        return Set.copyOf(instances.keySet());
    }

    /// An agent's program ends by itself.
    void end(String agent, Condition condition, boolean told) {
        for (Instance one : List.copyOf(instances.values())) {
            if (one.agent().value().equals(agent)) {
                ends.put(one.id(), condition);
                if (told) {
                    listeners.forEach(listener -> listener.accept(one.id()));
                }
            }
        }
    }

    /// It is gone with its engine, which says nothing of it.
    void lose(String agent) {
        instances.values().removeIf(one -> one.agent().value().equals(agent));
    }

    private <T> Future<T> answer(Supplier<Future<T>> work) {
        if (hanging) {
            Promise<T> never = Promise.promise();
            return never.future();
        }
        return dead ? Future.failedFuture(unavailable("the engine cannot be reached")) : work.get();
    }

    private static RuntimeFault unavailable(String why) {
        return new RuntimeFault(RuntimeFault.Kind.UNAVAILABLE, why);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Boundary boundary() {
        return Boundary.SHARED_KERNEL;
    }

    @Override
    public Future<Void> check() {
        return answer(Future::succeededFuture);
    }

    @Override
    public Future<Ground> prepare(List<String> images, int meshPort, Consumer<String> progress) {
        return answer(() -> Future.succeededFuture(new Ground("127.0.0.1", listenOn, List.of())));
    }

    @Override
    public Future<Instance> start(Launch launch) {
        starts.incrementAndGet();
        return answer(() -> {
            if (startless.contains(launch.agent().value())) {
                return Future.failedFuture(unavailable("the container did not come up in time"));
            }
            Instance one = new Instance(
                    name + '-' + ids.incrementAndGet(), launch.agent(), launch.start(), null, null, true, "");
            instances.put(one.id(), one);
            return Future.succeededFuture(one);
        });
    }

    @Override
    public Future<Void> stop(String instance, Duration grace) {
        return answer(() -> {
            if (stubborn.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return Future.failedFuture(new RuntimeFault(RuntimeFault.Kind.UNSTARTABLE, "device or resource busy"));
            }
            instances.remove(instance);
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<List<Instance>> survivors() {
        return answer(() -> Future.succeededFuture(new ArrayList<>(instances.values())));
    }

    @Override
    public Future<Condition> look(String instance) {
        looks.incrementAndGet();
        return answer(() -> Future.succeededFuture(
                instances.containsKey(instance) ? ends.getOrDefault(instance, Condition.RUNNING) : Condition.GONE));
    }

    @Override
    public Future<Long> diskBytes(String instance) {
        return answer(() -> {
            Instance one = instances.get(instance);
            String agent = one == null ? "" : one.agent().value();
            return immeasurable.contains(agent)
                    ? Future.failedFuture(unavailable("measuring took too long"))
                    : Future.succeededFuture(bytes.getOrDefault(agent, 0L));
        });
    }

    @Override
    public Future<Void> forget(AgentId agent) {
        return answer(() -> {
            forgotten.add(agent.value());
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<LogStream> logs(String instance, int tail, boolean follow) {
        return Future.failedFuture(unavailable("nothing runs, so nothing writes"));
    }

    @Override
    public void onEnd(Consumer<String> ended) {
        listeners.add(ended);
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
