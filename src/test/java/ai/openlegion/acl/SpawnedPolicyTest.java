package ai.openlegion.acl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What an agent may that another one spawned: never more than its parent.
final class SpawnedPolicyTest {

    private static final AgentId PARENT = new AgentId("parent");
    private static final AgentId CHILD = new AgentId("parent-abc123");
    private static final AgentId OTHER = new AgentId("other");

    private static final Grants GRANTS = new Grants(
            List.of("writer"),
            List.of("done"),
            List.of(),
            List.of("context/*"),
            List.of("context/a_*"),
            List.of("llm"),
            List.of(),
            List.of(),
            true,
            true);

    private static final Policy POLICY = Policy.of(
                    7, Map.of(PARENT, GRANTS), null, Map.of(PARENT, List.of("sim/*"), OTHER, List.of("*")))
            .withSpawned(Map.of(CHILD, PARENT), Map.of(CHILD, List.of("sim/small", "dear/large")));

    private static boolean may(AgentId agent, Operation operation, String resource) {
        return POLICY.decide(agent, operation, resource) instanceof Decision.Allowed;
    }

    @Test
    void it_may_what_its_parent_may_but_for_spawning() {
        for (Operation operation : Operation.values()) {
            for (String resource :
                    List.of("llm", "writer", "done", "context/x", "context/a_1", "secret", "other", "sim/small")) {
                if (operation == Operation.SPAWN) {
                    assertThat(may(CHILD, operation, resource)).isFalse();
                } else if (may(CHILD, operation, resource)) {
                    assertThat(may(PARENT, operation, resource))
                            .as(operation + " " + resource)
                            .isTrue();
                } else {
                    assertThat(may(PARENT, operation, resource) && operation != Operation.MODEL)
                            .as(operation + " " + resource)
                            .isFalse();
                }
            }
        }
        assertThat(may(PARENT, Operation.SPAWN, "")).isTrue();
        assertThat(POLICY.grants(CHILD)).isEqualTo(GRANTS);
    }

    @Test
    void its_models_are_its_parents_and_its_own() {
        assertThat(may(CHILD, Operation.MODEL, "sim/small")).isTrue();
        assertThat(may(CHILD, Operation.MODEL, "sim/large")).as("not asked for").isFalse();
        assertThat(may(CHILD, Operation.MODEL, "dear/large"))
                .as("not its parent's")
                .isFalse();
    }

    @Test
    void parent_and_child_may_message_each_other_and_nobody_else_through_that() {
        assertThat(may(CHILD, Operation.MESSAGE, "parent")).isTrue();
        assertThat(may(PARENT, Operation.MESSAGE, "parent-abc123")).isTrue();
        assertThat(may(OTHER, Operation.MESSAGE, "parent-abc123")).isFalse();
        assertThat(may(CHILD, Operation.MESSAGE, "other")).isFalse();
    }
}
