package ai.openlegion.control;

import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.supervisor.AgentState;
import ai.openlegion.supervisor.Supervisor;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is under way and takes long, such as the building of the image: the last step of each agent and of all.
///
/// It is told with the status, so that whoever polls sees it; kept are at most one line an agent and one for all.
final class Progress {

    /// Under which the steps for all stand; no agent has an empty id.
    private static final String ALL = "";

    private static final int TOLD_CHARS = 300;

    private final Bus bus;
    private final FleetRegistry fleets;
    private final Map<String, String> steps = new LinkedHashMap<>();
    private final List<Bus.Subscription> subscriptions = new ArrayList<>();

    Progress(Bus bus, FleetRegistry fleets) {
        this.bus = bus;
        this.fleets = fleets;
    }

    /// Hears the facts from now on, on the calling context.
    void start() {
        subscriptions.add(bus.subscribe(Supervisor.PROGRESSED, step -> {
            var agent = step.agent();
            if (agent == null || fleets.current().agents().containsKey(agent)) {
                String text = step.text();
                steps.put(
                        agent == null ? ALL : agent.value(),
                        text.length() <= TOLD_CHARS ? text : text.substring(0, TOLD_CHARS) + "…");
            }
        }));
        subscriptions.add(bus.subscribe(Supervisor.CHANGED, changed -> {
            // an agent is started when what all need stands
            if (changed.to().equals(AgentState.STARTING.word())) {
                steps.remove(ALL);
            } else {
                steps.remove(changed.agent().value());
            }
        }));
    }

    Future<?> close() {
        return Future.join(subscriptions.stream().map(Bus.Subscription::cancel).toList());
    }

    /// The last step of each that has one, after the agent's name where it is an agent's.
    List<String> lines() {
        return steps.entrySet().stream()
                .map(step -> step.getKey().equals(ALL) ? step.getValue() : step.getKey() + ": " + step.getValue())
                .toList();
    }
}
