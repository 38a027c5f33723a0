package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.BoardLimits;
import ai.openlegion.fabric.RateLimits;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.schedule.ScheduleLimits;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FabricLimitsFileTest {

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void every_bound_of_the_fabric_is_a_key_of_limits() {
        files.mesh(HomeFiles.MESH + """
                limits: {board_entries: 1, board_agent_entries: 11, board_agent_bytes: 2048, board_watches: 3,
                         board_cached_bytes: 1048576, inbox_items: 4, inbox_bytes: 4096, inbox_days: 5,
                         inbox_subscriptions: 6, inbox_readers: 7, inbox_cached_bytes: 2097152, cron_jobs: 8,
                         cron_grace_seconds: 9, probe_seconds: 10}
                """);
        MeshSettings settings = files.load().settings();
        assertThat(settings.board()).isEqualTo(new BoardLimits(1, 11, 2_048, 3, 1 << 20));
        assertThat(settings.inbox()).isEqualTo(new InboxLimits(4, 4_096, 5, 6, 7, 2 << 20));
        assertThat(settings.schedule()).isEqualTo(new ScheduleLimits(8, 9, 10));
        assertThat(settings.limits()).isEqualTo(GatewayLimits.DEFAULTS);
    }

    @Test
    void an_operation_without_a_rate_of_its_own_has_the_common_one() {
        files.mesh(HomeFiles.MESH + "rate_limits: {per_minute: 600, operations: {publish: 60, inbox: 6000}}\n");
        assertThat(files.load().settings().rates())
                .isEqualTo(new RateLimits(600, Map.of("publish", 60, "inbox", 6000, "vault", 60)));
    }

    @Test
    void the_vault_has_a_low_rate_unless_it_is_named() {
        files.mesh(HomeFiles.MESH);
        assertThat(files.load().settings().rates()).isEqualTo(new RateLimits(10_000, Map.of("vault", 60)));
        files.mesh(HomeFiles.MESH + "rate_limits: {per_minute: 30}\n");
        assertThat(files.load().settings().rates()).isEqualTo(new RateLimits(30, Map.of()));
        files.mesh(HomeFiles.MESH + "rate_limits: {operations: {vault: 6000}}\n");
        assertThat(files.load().settings().rates()).isEqualTo(new RateLimits(10_000, Map.of("vault", 6000)));
    }

    @Test
    void a_rate_names_an_operation_that_there_is_and_is_at_least_one() {
        files.mesh(HomeFiles.MESH + """
                rate_limits:
                  per_minute: 0
                  operations: {publsh: 5, message: 0, llm: 1}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/mesh.yaml:5: rate_limits.per_minute: must be a whole number from 1 to 10000000",
                        "config/mesh.yaml:6: rate_limits.operations.message: must be a whole number from 1 to 10000000",
                        "config/mesh.yaml:6: rate_limits.operations.publsh: unknown key; did you mean publish?",
                        "config/mesh.yaml:6: rate_limits.operations.llm: unknown key; blackboard_read, blackboard_write,"
                                + " watch, publish, subscribe, message, inbox, register, discover, cron, spawn, run_workflow, service or vault may stand here");
    }
}
