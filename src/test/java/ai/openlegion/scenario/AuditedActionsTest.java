package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That the look at what a scenario's mesh recorded fails where it cannot look.
class AuditedActionsTest {

    @TempDir
    private Path home;

    @Test
    void an_audit_that_cannot_be_read_fails_its_scenario() throws IOException {
        assertThatCode(() -> AuditedActions.check(home))
                .as("a mesh that never had a store")
                .doesNotThrowAnyException();
        Path database = home.resolve("data/openlegion.db");
        Files.createDirectories(database.getParent());
        Files.createFile(database);
        assertThatCode(() -> AuditedActions.check(home))
                .as("a mesh that ended before its first table")
                .doesNotThrowAnyException();
        Files.write(database, new byte[8192]);
        assertThatThrownBy(() -> AuditedActions.check(home))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("cannot be read");
    }
}
