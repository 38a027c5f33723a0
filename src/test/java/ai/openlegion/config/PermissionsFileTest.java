package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PermissionsFileTest {

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void the_example_of_the_contract_is_read() {
        files.mesh(HomeFiles.MESH + "services: {brave_search: {base_url: \"https://a.example\", usd_per_call: 0}}\n")
                .permissions("""
                {"permissions": {
                  "default":    {"allowed_apis": []},
                  "researcher": {"can_message": ["writer"], "can_publish": ["research_complete"], "can_subscribe": ["new_lead"],
                                 "blackboard_read": ["context/*", "tasks/*"], "blackboard_write": ["context/prospect_*"],
                                 "allowed_apis": ["llm", "brave_search"], "allowed_credentials": [], "can_run_workflows": [],
                                 "can_spawn": false, "can_manage_cron": false}}}
                """);
        assertThat(files.load().warnings()).isEmpty();
    }

    @Test
    void a_missing_file_denies_everything_and_is_warned_of() {
        assertThat(files.without("config/permissions.json").load().warnings())
                .containsExactly("config/permissions.json is missing: nobody may do anything");
    }

    @Test
    void unknown_agents_and_keys_are_problems_with_the_nearest() {
        files.permissions("""
                {"permissions": {
                  "reseacher": {"allowed_apis": ["llm"]},
                  "writer": {"allowed_api": ["llm"]},
                  "mesh": {}
                 },
                 "permission": {}}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/permissions.json:2: permissions.reseacher: config/agents.yaml has no agent of this name; did"
                                + " you mean researcher?",
                        "config/permissions.json:3: permissions.writer.allowed_api: unknown key; did you mean allowed_apis?",
                        "config/permissions.json:4: permissions.mesh: config/agents.yaml has no agent of this name",
                        "config/permissions.json:6: permission: unknown key; did you mean permissions?");
    }

    @Test
    void wrong_types_never_widen() {
        files.permissions("""
                {"permissions": {
                  "default": {"allowed_apis": "llm", "can_message": null, "can_publish": [1], "can_spawn": "true", "can_manage_cron": 1},
                  "writer": null,
                  "researcher": ["llm"]
                }}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/permissions.json:2: permissions.default.can_message: must be a list",
                        "config/permissions.json:2: permissions.default.can_publish[0]: must be a text; put it in quotes",
                        "config/permissions.json:2: permissions.default.allowed_apis: must be a list",
                        "config/permissions.json:2: permissions.default.can_spawn: must be true or false",
                        "config/permissions.json:2: permissions.default.can_manage_cron: must be true or false",
                        "config/permissions.json:3: permissions.writer: must be a mapping of keys to values",
                        "config/permissions.json:4: permissions.researcher: must be a mapping of keys to values");
    }

    @Test
    void exact_lists_take_no_patterns_and_patterns_must_compile() {
        files.permissions("""
                {"permissions": {"default": {
                  "can_message": ["wri*"],
                  "allowed_apis": ["*"],
                  "blackboard_read": ["context/["],
                  "allowed_credentials": ["brave_*"]
                }}}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/permissions.json:2: permissions.default.can_message[0]: must be an exact name, or \"*\" alone"
                                + " for all; patterns have no meaning here",
                        "config/permissions.json:4: permissions.default.blackboard_read[0]: the pattern has a [ without its ]");
    }

    @Test
    void names_that_lead_nowhere_and_agents_without_an_entry_are_warned_of() {
        files.permissions("""
                {"permissions": {"researcher": {"can_message": ["writer", "wrtier", "*", "orchestrator"],
                  "allowed_apis": ["llm", "brave"]}}}
                """);
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/permissions.json:1: permissions.researcher.can_message[1]: config/agents.yaml has no agent of"
                                + " this name",
                        "config/permissions.json:2: permissions.researcher.allowed_apis[1]: neither llm nor a service of"
                                + " config/mesh.yaml",
                        "config/permissions.json:1: permissions: writer has no entry and there is no default: it may do"
                                + " nothing");
    }

    @Test
    void json_is_read_strictly() {
        String malformed = "config/permissions.json:1: is not well-formed JSON";
        assertThat(problem(""))
                .isEqualTo("config/permissions.json: is empty; {\"permissions\": {}} is the least it can hold");
        assertThat(problem("[]")).isEqualTo("config/permissions.json:1: must be a mapping of keys to values");
        assertThat(problem("{}")).isEqualTo("config/permissions.json:1: permissions: is missing");
        assertThat(problem("{\"permissions\": {}} {}"))
                .isEqualTo("config/permissions.json:1: goes on after its closing brace");
        assertThat(problem("{\"permissions\": {}, // all\n}")).isEqualTo(malformed + ": JSON has no comments");
        assertThat(problem("{\"permissions\": {")).isEqualTo(malformed + ": it breaks off here");
        assertThat(problem("{\"permissions\": {},}"))
                .isEqualTo(malformed + ": a comma stands before the closing bracket, or the wrong bracket closes");
        assertThat(problem("{'permissions': {}}")).isEqualTo(malformed);
        assertThat(problem("{\"permissions\": sk-secret}")).isEqualTo(malformed);
        assertThat(problem("{\"permissions\": NaN}")).isEqualTo(malformed);
        assertThat(problem("{\"permissions\": \"a\nb\"}"))
                .isEqualTo(
                        "config/permissions.json:1: is not well-formed JSON: a line break, tab or control character stands"
                                + " inside a string");
        assertThat(files.permissions(
                                "{\"permissions\": {\"default\": {},\n \"default\": {\"allowed_apis\": [\"llm\"]}}}")
                        .problems())
                .containsExactly("config/permissions.json:2: permissions.default: is given twice");
        assertThat(problem("[".repeat(100_000))).startsWith("config/permissions.json: is nested too deeply");
        assertThat(problem("{\"permissions\": " + "1".repeat(100_000) + "}"))
                .startsWith("config/permissions.json: is nested too deeply, or holds a number");
    }

    private String problem(String text) {
        var problems = files.permissions(text).problems();
        assertThat(problems).hasSize(1);
        return problems.getFirst();
    }
}
