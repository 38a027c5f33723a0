package ai.openlegion.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.identity.AgentId;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PolicyTest {

    private static final AgentId RESEARCHER = new AgentId("researcher");
    private static final AgentId WRITER = new AgentId("writer");
    private static final AgentId STRANGER = new AgentId("stranger");

    private static final Grants GRANTS = new Grants(
            List.of("writer"),
            List.of("research_complete", "a*"),
            List.of("*"),
            List.of("context/*", "tasks/[a-c]?"),
            List.of("context/prospect_*"),
            List.of("llm", "brave_search"),
            List.of("brave_*"),
            List.of(),
            false,
            true);

    private static final Policy POLICY = Policy.of(
            7,
            Map.of(RESEARCHER, GRANTS, WRITER, Grants.NONE),
            apis("llm"),
            Map.of(RESEARCHER, List.of("openai/gpt-4o", "openai/gpt-4o-mini*"), WRITER, List.of()));

    @Test
    void an_agent_may_do_what_its_entry_names_and_nothing_else() {
        assertAllowed(RESEARCHER, Operation.API, "llm", "permissions.researcher.allowed_apis[\"llm\"]");
        assertDenied(RESEARCHER, Operation.API, "slack", "permissions.researcher.allowed_apis");
        assertAllowed(RESEARCHER, Operation.MESSAGE, "writer", "permissions.researcher.can_message[\"writer\"]");
        assertDenied(RESEARCHER, Operation.MESSAGE, "Writer", "permissions.researcher.can_message");
        assertDenied(RESEARCHER, Operation.RUN_WORKFLOW, "release", "permissions.researcher.can_run_workflows");
        assertAllowed(
                RESEARCHER,
                Operation.CREDENTIAL,
                "brave_key",
                "permissions.researcher.allowed_credentials[\"brave_*\"]");
    }

    @Test
    void names_are_exact_and_only_a_star_alone_means_everything() {
        assertAllowed(RESEARCHER, Operation.PUBLISH, "a*", "permissions.researcher.can_publish[\"a*\"]");
        assertDenied(RESEARCHER, Operation.PUBLISH, "abc", "permissions.researcher.can_publish");
        assertAllowed(RESEARCHER, Operation.SUBSCRIBE, "anything", "permissions.researcher.can_subscribe[\"*\"]");
    }

    @Test
    void blackboard_globs_cross_slashes_and_reading_is_not_writing() {
        assertAllowed(
                RESEARCHER, Operation.READ, "context/a/b", "permissions.researcher.blackboard_read[\"context/*\"]");
        assertAllowed(
                RESEARCHER, Operation.READ, "tasks/b7", "permissions.researcher.blackboard_read[\"tasks/[a-c]?\"]");
        assertDenied(RESEARCHER, Operation.READ, "tasks/d7", "permissions.researcher.blackboard_read");
        assertDenied(RESEARCHER, Operation.WRITE, "context/a", "permissions.researcher.blackboard_write");
    }

    @Test
    void a_switch_needs_no_resource() {
        assertAllowed(RESEARCHER, Operation.CRON, "", "permissions.researcher.can_manage_cron");
        assertThat(POLICY.decide(RESEARCHER, Operation.SPAWN, ""))
                .isEqualTo(new Decision.Denied("permissions.researcher.can_spawn", 7, "Agent researcher cannot spawn"));
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void a_present_entry_inherits_nothing_so_an_empty_one_allows_nothing(Operation operation) {
        assertThat(POLICY.decide(WRITER, operation, "llm")).isInstanceOf(Decision.Denied.class);
    }

    @Test
    void an_agent_without_an_entry_has_the_default_one_but_no_models_of_it() {
        assertAllowed(STRANGER, Operation.API, "llm", "permissions.default.allowed_apis[\"llm\"]");
        assertDenied(STRANGER, Operation.API, "brave_search", "permissions.default.allowed_apis");
        assertDenied(STRANGER, Operation.MODEL, "openai/gpt-4o", "no entry");
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void without_an_entry_and_a_default_nothing_is_allowed(Operation operation) {
        Policy bare = Policy.of(1, Map.of(), null, Map.of());

        assertThat(bare.decide(STRANGER, operation, "*"))
                .isEqualTo(new Decision.Denied("no entry", 1, "Agent stranger cannot " + operation.verb() + " *"));
    }

    @Test
    void models_are_globs_over_the_concrete_id() {
        assertAllowed(RESEARCHER, Operation.MODEL, "openai/gpt-4o", "agents.researcher.models[\"openai/gpt-4o\"]");
        assertAllowed(
                RESEARCHER,
                Operation.MODEL,
                "openai/gpt-4o-mini-x",
                "agents.researcher.models[\"openai/gpt-4o-mini*\"]");
        assertDenied(RESEARCHER, Operation.MODEL, "openai/gpt-4o-x", "agents.researcher.models");
    }

    @Test
    void a_denial_says_who_cannot_do_what() {
        assertThat(POLICY.decide(RESEARCHER, Operation.PUBLISH, "deploy"))
                .isEqualTo(new Decision.Denied(
                        "permissions.researcher.can_publish", 7, "Agent researcher cannot publish to deploy"));
    }

    @Test
    void a_resource_without_end_is_denied_unread() {
        Decision decision = POLICY.decide(RESEARCHER, Operation.SUBSCRIBE, "x".repeat(1_000_000));

        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.Denied.class,
                        denied -> assertThat(denied.message()).hasSizeLessThan(1_200));
    }

    @Test
    void a_malformed_glob_makes_no_policy() {
        Grants bad = new Grants(
                List.of(),
                List.of(),
                List.of(),
                List.of("a[b"),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                false);

        assertThatThrownBy(() -> Policy.of(1, Map.of(RESEARCHER, bad), null, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("permissions.researcher.blackboard_read");
    }

    @Test
    void allowing_creates_nothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(decideOften(1_000)).isEqualTo(4_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        int allowed = decideOften(50_000);
        long created = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allowed).isEqualTo(200_000);
        // the measurement itself may create a few objects; 200,000 decisions must not
        assertThat(created).isLessThan(50_000);
    }

    private static int decideOften(int rounds) {
        int allowed = 0;
        for (int i = 0; i < rounds; i++) {
            allowed += POLICY.decide(RESEARCHER, Operation.API, "llm") instanceof Decision.Allowed ? 1 : 0;
            allowed += POLICY.decide(RESEARCHER, Operation.MODEL, "openai/gpt-4o-mini-x") instanceof Decision.Allowed
                    ? 1
                    : 0;
            allowed += POLICY.decide(RESEARCHER, Operation.READ, "tasks/b7") instanceof Decision.Allowed ? 1 : 0;
            allowed += POLICY.decide(STRANGER, Operation.API, "llm") instanceof Decision.Allowed ? 1 : 0;
        }
        return allowed;
    }

    private static void assertAllowed(AgentId agent, Operation operation, String resource, String rule) {
        assertThat(POLICY.decide(agent, operation, resource)).isEqualTo(new Decision.Allowed(rule, 7));
    }

    private static void assertDenied(AgentId agent, Operation operation, String resource, String rule) {
        assertThat(POLICY.decide(agent, operation, resource)).isInstanceOfSatisfying(Decision.Denied.class, denied -> {
            assertThat(denied.rule()).isEqualTo(rule);
            assertThat(denied.revision()).isEqualTo(7);
        });
    }

    private static Grants apis(String... apis) {
        return new Grants(
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(apis),
                List.of(),
                List.of(),
                false,
                false);
    }
}
