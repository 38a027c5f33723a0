package ai.openlegion.evidence.report;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.AuditedActions;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// The report's words for actions.
final class GlossaryTest {

    @Test
    void every_documented_action_is_explained() throws IOException {
        assertThat(Glossary.actions().keySet()).containsAll(AuditedActions.documented());
    }
}
