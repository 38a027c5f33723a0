package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The documented actions of the audit that [AuditCoverageTest] does not bring about, and who sees them.
final class SeenElsewhere {

    /// Actions that take more than this mesh to bring about, and the tests that see them in the audit.
    private static final Map<String, String> ELSEWHERE = Map.of(
            "agent.adopt",
            "AdoptionTest.an_agent_that_goes_on_reaches_the_next_mesh_behind_a_whole_filter_and_stop_leaves_nothing",
            "audit.prune",
            "AuditSigningTest.what_is_older_than_is_to_be_kept_goes_and_the_rest_proves_itself",
            "vault.use",
            "CredentialHandleTest.a_handle_becomes_the_credential_only_on_the_way_to_the_service",
            "runtime.remark",
            "SupervisorVerticleTest.a_lowered_level_is_shown_to_the_operator_and_audited",
            "agent.failed",
            "SupervisorVerticleTest.an_agent_whose_volume_holds_more_than_it_may_has_failed",
            "agent.unhealthy",
            "SupervisorVerticleTest.when_an_engine_is_lost_its_agents_wait_and_when_it_is_back_only_those_start_again_that_went_with_it",
            "agent.replace",
            "SupervisorVerticleTest.what_an_earlier_mesh_left_is_removed_however_often_that_fails_and_its_agent_waits");

    private SeenElsewhere() {}

    /// Fails unless these are the actions that are seen elsewhere, each by a test that there is.
    static void check(Set<String> unseen) {
        assertThat(unseen).as("documented and not seen here").isEqualTo(new TreeSet<>(ELSEWHERE.keySet()));
        ELSEWHERE.forEach((action, test) ->
                assertThat(exists(test)).as(action + " is seen by " + test).isTrue());
    }

    /// Whether there is such a test.
    private static boolean exists(String test) {
        String[] parts = test.split("\\.", 2);
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            return files.filter(file -> file.endsWith(parts[0] + ".java"))
                    .anyMatch(file -> text(file).contains(" " + parts[1] + "("));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
