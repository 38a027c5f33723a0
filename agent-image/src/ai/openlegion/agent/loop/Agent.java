package ai.openlegion.agent.loop;

import ai.openlegion.agent.model.Model;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.agent.tools.ToolContext;
import java.util.List;
import java.util.Map;

/// What every run of this agent works with.
///
/// @param context of calls outside a task
public record Agent(Model model, List<Tool> tools, ToolContext context) {

    public Agent {
        tools = List.copyOf(tools);
    }

    /// The tools as the model is told of them.
    public List<Map<String, Object>> definitions() {
        return tools.stream()
                .map(tool -> Map.<String, Object>of(
                        "type",
                        "function",
                        "function",
                        Map.of(
                                "name", tool.name(),
                                "description", tool.description(),
                                "parameters", tool.parameters())))
                .toList();
    }

    Dialogue dialogue(List<Map<String, Object>> lasting) {
        return new Dialogue(model, context.settings().contextTokens(), new Conversation(lasting));
    }
}
