package ai.openlegion.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AgentIdTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "researcher", "R2-d2_x", "0", "Mesh", "meshes"})
    void a_well_formed_name_is_an_id(String name) {
        assertThat(AgentId.parse(name)).map(AgentId::value).contains(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "_a", "a b", "a/b", "a\n", "ä", "a|1", "a=1", "..", "mesh", "orchestrator"})
    void a_malformed_or_reserved_name_is_none(String name) {
        assertThat(AgentId.parse(name)).isEmpty();
        assertThatThrownBy(() -> new AgentId(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_sixty_fifth_character_is_one_too_many() {
        assertThat(AgentId.parse("a".repeat(64))).isPresent();
        assertThat(AgentId.parse("a".repeat(65))).isEmpty();
    }

    @Test
    void operator_and_default_are_reserved() {
        assertThat(AgentId.isReserved("operator")).isTrue();
        assertThat(AgentId.isReserved("default")).isTrue();
        assertThat(AgentId.isReserved("researcher")).isFalse();
    }
}
