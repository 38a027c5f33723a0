package ai.openlegion.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Follows the agents of a mesh that has just come up until each is ready or failed, one line a change.
final class FleetStart {
    /// Without any change; an image that is built tells of each step.
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final long GLANCE_MILLIS = 200;
    private static final List<String> SETTLED = List.of("ready", "busy", "failed", "absent");

    private final MeshClient mesh;
    private final Terminal terminal;
    private final Map<String, String> states = new HashMap<>();
    private final Set<String> told = new HashSet<>();

    FleetStart(MeshClient mesh, Terminal terminal) {
        this.mesh = mesh;
        this.terminal = terminal;
    }

    /// Returns when every agent has settled, or nothing has changed for too long. A mesh with a failed agent is up, so
    /// that is a warning and no failure.
    void follow() throws CommandFailure {
        long changed = System.nanoTime();
        while (true) {
            JsonObject status = mesh.demand("GET", "/control/status", null).json();
            JsonArray agents = status.getJsonArray("agents", new JsonArray());
            if (show(status.getJsonArray("progress", new JsonArray()), agents)) {
                changed = System.nanoTime();
            }
            List<JsonObject> pending = agents.stream()
                    .map(JsonObject.class::cast)
                    .filter(agent -> !isSettled(agent))
                    .toList();
            if (pending.isEmpty()) {
                return;
            }
            if (System.nanoTime() - changed > PATIENCE.toNanos()) {
                pending.forEach(agent -> warn(agent, "goes on"));
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(GLANCE_MILLIS));
        }
    }

    private boolean show(JsonArray progress, JsonArray agents) {
        boolean any = false;
        for (Object step : progress) {
            String line = Terminal.harmless(String.valueOf(step));
            if (told.add(line)) {
                terminal.print(line);
                any = true;
            }
        }
        for (Object each : agents) {
            if (each instanceof JsonObject agent && isOurs(agent)) {
                String state = agent.getString("state", "");
                if (!state.equals(states.put(agent.getString("id", ""), state))) {
                    tell(agent, state);
                    any = true;
                }
            }
        }
        return any;
    }

    private void tell(JsonObject agent, String state) {
        if (state.equals("failed")) {
            warn(agent, "failed");
        } else {
            terminal.print(agent.getString("id", "") + ": "
                    + (state.equals("ready") ? terminal.good(state) : state) + " (" + agent.getString("runtime", "")
                    + ", boundary: " + agent.getString("boundary", "") + ")");
        }
    }

    private void warn(JsonObject agent, String how) {
        String why = agent.getString("why");
        terminal.err()
                .println("warning: agent " + agent.getString("id", "") + " is " + agent.getString("state", "")
                        + (how.equals("failed") ? "" : " and " + how)
                        + (why == null ? "" : ": " + Terminal.harmless(why)));
    }

    private static boolean isOurs(JsonObject agent) {
        // an agent that nobody supervises comes to nothing by being waited for
        return !agent.getString("runtime", "").equals("external")
                && !agent.getString("state", "").equals("unknown");
    }

    private boolean isSettled(JsonObject agent) {
        String state = agent.getString("state", "");
        boolean begins = state.equals("absent") && agent.getValue("why") == null;
        return !isOurs(agent) || (SETTLED.contains(state) && !begins);
    }
}
