package ai.openlegion.host;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.config.MeshSettings.Isolation;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.runtime.docker.DockerRuntime;
import ai.openlegion.runtime.docker.DockerSettings;
import ai.openlegion.scenario.NeedsDocker;
import ai.openlegion.supervisor.Runtimes;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@NeedsDocker
class LocalRuntimesTest {

    @TempDir
    Path home;

    @Test
    void a_level_that_was_lowered_is_said_to_be_and_one_that_was_chosen_is_not() throws Exception {
        Vertx vertx = Vertx.vertx();
        DockerSettings docker = DockerSettings.of(home);
        Isolation isolation = new Isolation(RuntimeKind.SANDBOX, NeedsDocker.IMAGE, List.of("absent"), "docker", true);
        LocalRuntimes runtimes = new LocalRuntimes(
                Map.of(
                        "docker", new DockerRuntime(vertx, docker),
                        "absent", new DockerRuntime(vertx, docker.under("absent", Set.of()))),
                isolation);
        try {
            Runtimes.Chosen lowered = choose(runtimes, RuntimeKind.SANDBOX);
            assertThat(lowered.isLowered()).isTrue();
            assertThat(lowered.runtime().name()).isEqualTo("docker");
            assertThat(lowered.remarks()).singleElement().asString().contains("isolation is LOWERED");
            assertThat(choose(runtimes, RuntimeKind.DOCKER).isLowered()).isFalse();
            Runtimes.Chosen best = choose(runtimes, RuntimeKind.AUTO);
            assertThat(best.isLowered()).isFalse();
            assertThat(best.remarks()).singleElement().asString().contains("runtime auto chose docker");
        } finally {
            var _ = runtimes.close()
                    .eventually(vertx::close)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static Runtimes.Chosen choose(Runtimes runtimes, RuntimeKind kind) throws Exception {
        return runtimes.choose(kind).toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
