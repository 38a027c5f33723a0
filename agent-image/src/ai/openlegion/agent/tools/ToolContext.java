package ai.openlegion.agent.tools;

import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// What a tool's call may use.
///
/// @param arrivals what was posted to this agent and not read yet
/// @param taskId of the task that calls, empty in a chat
/// @param status what `GET /status` answers now
public record ToolContext(
        Settings settings,
        Mesh mesh,
        Time time,
        Arrivals arrivals,
        Optional<String> taskId,
        Supplier<Map<String, Object>> status) {}
