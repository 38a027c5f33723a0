package ai.openlegion.workflow;

import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Finds an agent for a capability: of those that registered it and are ready, the one with the least to do.
final class Chooser {

    private static final long PICK_MILLIS = 1_000;

    private final Bus bus;
    private final Supplier<Fleet> fleet;
    private final InstantSource clock;

    /// Who was chosen a moment ago, oldest first: the task may not be there to be counted yet.
    private final Deque<Pick> picks = new ArrayDeque<>();

    private record Pick(AgentId agent, long atMillis) {}

    Chooser(Bus bus, Supplier<Fleet> fleet, InstantSource clock) {
        this.bus = bus;
        this.fleet = fleet;
        this.clock = clock;
    }

    /// Whether an agent is part of the fleet and takes tasks of the mesh.
    boolean takesTasks(AgentId agent) {
        Fleet now = fleet.get();
        return now.agents().containsKey(agent) && now.payer(agent).equals(agent);
    }

    /// The agent; nothing where none is ready. Fails where that cannot be known now.
    Future<Optional<AgentId>> find(String capability) {
        return bus.ask(Messaging.DIRECTORY, new Messaging.ReadDirectory()).compose(directory -> switch (directory) {
            case Messaging.Unavailable _ -> Future.failedFuture("the directory does not answer");
            case Messaging.Registrations(Map<AgentId, Messaging.Registration> all) -> {
                List<AgentId> ready = all.entrySet().stream()
                        .filter(one -> one.getValue().capabilities().contains(capability))
                        .map(Map.Entry::getKey)
                        .filter(this::isReady)
                        .toList();
                yield ready.size() < 2
                        ? Future.succeededFuture(ready.stream().findFirst())
                        : bus.ask(Tasks.RUNNING, new Tasks.ReadRunning()).map(running -> least(ready, running.tasks()));
            }
        });
    }

    private boolean isReady(AgentId agent) {
        Fleet now = fleet.get();
        Agent entry = now.agents().get(agent);
        return entry != null
                && takesTasks(agent)
                && (entry.runtime() == RuntimeKind.EXTERNAL || now.presences().containsKey(agent));
    }

    private Optional<AgentId> least(List<AgentId> ready, List<Tasks.Task> tasks) {
        long now = clock.millis();
        while (!picks.isEmpty() && picks.peekFirst().atMillis() + PICK_MILLIS < now) {
            picks.removeFirst();
        }
        Map<AgentId, Integer> load = new HashMap<>();
        tasks.forEach(task -> load.merge(task.agent(), 1, Integer::sum));
        picks.forEach(pick -> load.merge(pick.agent(), 1, Integer::sum));
        Optional<AgentId> least = ready.stream()
                .min(Comparator.comparingInt((AgentId agent) -> load.getOrDefault(agent, 0))
                        .thenComparing(AgentId::value));
        least.ifPresent(agent -> picks.addLast(new Pick(agent, now)));
        return least;
    }
}
