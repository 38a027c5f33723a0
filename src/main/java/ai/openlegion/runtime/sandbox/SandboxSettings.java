package ai.openlegion.runtime.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// How the agents of one home are run in Docker Sandboxes.
///
/// @param home whose agents they are
/// @param data where the workspaces are, which the sandboxes share with the host
/// @param image made into each sandbox: it must contain the agent
/// @param hostFilter whether an agent that may reach more than the mesh is refused
/// @param deadline of one call of the tool
/// @param environment of the tool: where it finds itself, its login and its daemon
public record SandboxSettings(
        Path home, Path data, String image, boolean hostFilter, Duration deadline, Map<String, String> environment) {

    public SandboxSettings {
        environment = Map.copyOf(environment);
    }

    /// The settings of a mesh, with what the tools need of its environment and nothing else.
    public static SandboxSettings of(
            Path home,
            Path data,
            String image,
            boolean hostFilter,
            Duration deadline,
            Map<String, String> meshEnvironment) {
        Map<String, String> environment = new HashMap<>(meshEnvironment);
        environment.keySet().removeIf(name -> !name.matches("PATH|HOME|USER|DOCKER_(HOST|CONFIG|CONTEXT)|XDG_[A-Z_]+"));
        return new SandboxSettings(home, data, image, hostFilter, deadline, environment);
    }
}
