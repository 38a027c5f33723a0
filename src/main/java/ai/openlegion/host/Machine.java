package ai.openlegion.host;

import ai.openlegion.config.Home;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.gateway.MoreAddresses;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.RuntimeChoice;
import ai.openlegion.runtime.docker.DockerRuntime;
import ai.openlegion.runtime.docker.DockerSettings;
import ai.openlegion.runtime.process.ProcessRuntime;
import ai.openlegion.runtime.process.ProcessSettings;
import ai.openlegion.runtime.sandbox.SandboxRuntime;
import ai.openlegion.runtime.sandbox.SandboxSettings;
import ai.openlegion.supervisor.Runtimes;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Every way of running agents that this build knows, set up for one home.
final class Machine {

    private static final String RUNSC = "runsc";
    private static final String KATA = "kata";

    private Machine() {}

    /* With TLS outside, agents that the mesh runs itself come in on the loopback address. */
    private static String inside(MeshSettings.Listener agents) {
        return agents.tls() == null ? agents.host() : MoreAddresses.INSIDE;
    }

    /// None of them reaches for anything yet.
    static Runtimes runtimes(Vertx vertx, Home home, MeshSettings settings) {
        MeshSettings.Isolation isolation = settings.runtime();
        DockerSettings usual = DockerSettings.of(home.root());
        DockerSettings docker = new DockerSettings(
                usual.home(),
                null,
                Set.of(RUNSC, KATA),
                isolation.image(),
                isolation.hostFilter(),
                Duration.ofSeconds(settings.supervision().engineSeconds()),
                usual.launcher(),
                usual.engine());
        Map<String, AgentRuntime> runtimes = new LinkedHashMap<>();
        runtimes.put(RuntimeChoice.DOCKER, new DockerRuntime(vertx, docker));
        runtimes.put(KATA, new DockerRuntime(vertx, docker.under(KATA, Set.of("docker", RUNSC))));
        runtimes.put(RUNSC, new DockerRuntime(vertx, docker.under(RUNSC, Set.of("docker", KATA))));
        runtimes.put(
                RuntimeChoice.PROCESS,
                new ProcessRuntime(vertx, ProcessSettings.of(home.root(), home.data(), inside(settings.mesh()))));
        runtimes.put(
                SandboxRuntime.NAME,
                new SandboxRuntime(
                        vertx,
                        SandboxSettings.of(
                                home.root(),
                                home.data(),
                                isolation.image(),
                                isolation.hostFilter(),
                                docker.engineDeadline(),
                                System.getenv())));
        return new LocalRuntimes(runtimes, isolation);
    }
}
