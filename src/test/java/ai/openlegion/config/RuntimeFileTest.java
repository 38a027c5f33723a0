package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.supervisor.SupervisorSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The section `runtime:` of `mesh.yaml`.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RuntimeFileTest {

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void how_agents_are_watched_is_read_and_bounded() {
        assertThat(files.load().settings().supervision())
                .isEqualTo(new SupervisorSettings(30, 3, 30, 600, 3, 60, 10, 30, 8));
        files.mesh(HomeFiles.MESH.replace("kind: external", """
                kind: external, health_seconds: 1, health_failures: 2, restart_backoff_seconds: 3,
                  restart_backoff_max_seconds: 4, restarts_per_hour: 0, start_seconds: 6, stop_seconds: 0,
                  engine_seconds: 8, spawned_agents: 0""".stripIndent()));
        assertThat(files.load().settings().supervision()).isEqualTo(new SupervisorSettings(1, 2, 3, 4, 0, 6, 0, 8, 0));
        files.mesh(HomeFiles.MESH.replace("kind: external", """
                kind: external, health_seconds: 0, health_failures: soon, restart_backoff_max_seconds: 29,
                  restarts_per_hour: -1, start_seconds: 1.5, stop_seconds: 601, engine_seconds: 0,
                  spawned_agents: 1001, helth_seconds: 1""".stripIndent()));
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:1: runtime.health_seconds: must be a whole number from 1 to 3600",
                        "config/mesh.yaml:1: runtime.health_failures: must be a whole number from 1 to 100",
                        "config/mesh.yaml:1: runtime.restart_backoff_max_seconds: must be at least"
                                + " restart_backoff_seconds",
                        "config/mesh.yaml:2: runtime.restarts_per_hour: must be a whole number from 0 to 1000",
                        "config/mesh.yaml:2: runtime.start_seconds: must be a whole number from 1 to 3600",
                        "config/mesh.yaml:2: runtime.stop_seconds: must be a whole number from 0 to 600",
                        "config/mesh.yaml:2: runtime.engine_seconds: must be a whole number from 1 to 600",
                        "config/mesh.yaml:3: runtime.spawned_agents: must be a whole number from 0 to 1000",
                        "config/mesh.yaml:3: runtime.helth_seconds: unknown key; did you mean health_seconds?");
    }
}
