package ai.openlegion.agent.tools;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Something that the model may have done.
///
/// Whoever calls it has checked that each argument is one of its parameters and that none that is required is missing;
/// of what kind each is, it checks itself. A call that takes longer than [#limit], or whose task is cancelled, is
/// interrupted and must end then.
public interface Tool {

    /// Lower case with underscores, unlike every other's.
    String name();

    /// For the model: what it does and gives back.
    String description();

    /// The JSON schema of its arguments: `{"type": "object", "properties": {…}, "required": […]}`.
    Map<String, Object> parameters();

    /// How long a call may take.
    default Duration limit() {
        return Duration.ofSeconds(60);
    }

    /// Does it.
    ///
    /// @return a JSON value, or [#error]
    /// @throws IOException becomes an error result, as anything else that is thrown does
    Object call(ToolContext context, Map<String, Object> arguments) throws IOException, InterruptedException;

    /// The result of a call that did not do what it should: `{"error": why}`.
    static Map<String, Object> error(String why) {
        return Map.of("error", why);
    }

    /// A schema of parameters, each property a schema of its own.
    static Map<String, Object> schema(Map<String, Object> properties, List<String> required) {
        return Map.of("type", "object", "properties", properties, "required", required);
    }
}
