package ai.openlegion.runtime.docker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How the agents of one home are run by a Docker engine.
///
/// @param home whose agents they are; its real path is what containers, networks and volumes are labelled by
/// @param ociRuntime as the engine knows it: `runsc`, `kata`, `io.containerd.kata.v2`; null = the engine's runc
/// @param others the names of the other runtimes of the same mesh on the same engine: what those started is theirs,
///     while whatever else of this home runs is found by [DockerRuntime#survivors]
/// @param image of the agent that comes along
/// @param hostFilter whether the host's other ports are closed to agents; false only where the operator said so
/// @param engineDeadline of one call to the engine
/// @param launcher `./openlegion`, next to which `agent-image/build.sh` stands; null = images are never built
/// @param engine the engine's address as `DOCKER_HOST` has it; null = `unix:///var/run/docker.sock`
public record DockerSettings(
        Path home,
        @Nullable String ociRuntime,
        Set<String> others,
        String image,
        boolean hostFilter,
        Duration engineDeadline,
        @Nullable Path launcher,
        @Nullable String engine) {

    /// Where no address is given.
    static final String USUAL_ENGINE = "unix:///var/run/docker.sock";

    public DockerSettings {
        others = Set.copyOf(others);
    }

    /// The usual settings: runc, the fleet's own image, the filter on, half a minute for a call, the launcher and the
    /// engine that this process was started with.
    public static DockerSettings of(Path home) {
        String launcher = System.getProperty("openlegion.launcher");
        return new DockerSettings(
                home,
                null,
                Set.of(),
                "openlegion-agent:latest",
                true,
                Duration.ofSeconds(30),
                launcher == null ? null : Path.of(launcher),
                System.getenv("DOCKER_HOST"));
    }

    /// The same under another OCI runtime of the engine.
    public DockerSettings under(@Nullable String otherRuntime, Set<String> theOthers) {
        return new DockerSettings(home, otherRuntime, theOthers, image, hostFilter, engineDeadline, launcher, engine);
    }
}
