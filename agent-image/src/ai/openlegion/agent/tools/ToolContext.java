package ai.openlegion.agent.tools;

import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import java.util.Map;
import java.util.function.Supplier;

/// What a tool's call may use.
///
/// @param arrivals what was posted to this agent and not read yet
/// @param room how long the result may be as JSON, in characters; what is longer is cut after the tool gave it
/// @param status what `GET /status` answers now
public record ToolContext(
        Settings settings,
        Mesh mesh,
        Time time,
        Arrivals arrivals,
        int room,
        Supplier<Map<String, Object>> status) {

    /// The same for a call whose result may be that long.
    public ToolContext withRoom(int chars) {
        return new ToolContext(settings, mesh, time, arrivals, chars, status);
    }
}
