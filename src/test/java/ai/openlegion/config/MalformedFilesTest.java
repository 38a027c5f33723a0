package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever stands in a file, reading it ends in problems, never in an exception.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MalformedFilesTest {

    private static final String WORKFLOW = """
            name: flow
            trigger: new_lead
            budget: {max_usd: 2.00}
            steps:
              - {id: find, agent: researcher, task_type: search, input_from: "blackboard://context/lead_{id}"}
              - {id: each, agent: writer, task_type: draft, depends_on: [find], for_each: find.result.leads[0].names,
                 max_parallel: 2, condition: "find.score > 0.7 and not (find.status == 'failed')"}
            """;

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void yaml_that_cannot_be_read_says_where_and_never_what_stands_there() {
        String malformed = "config/mesh.yaml:2: is not well-formed YAML: ";
        assertThat(problem("mesh:\n\tport: 1\n")).isEqualTo(malformed + "it is indented with a tab; use spaces");
        assertThat(problem("a: 1\nb: sk-secret: 2\n")).isEqualTo(malformed + "mapping values are not allowed here");
        assertThat(problem("a: 1\nb: *sk-secret\n"))
                .isEqualTo(malformed + "it uses an alias (*name) without its anchor (&name)");
        assertThat(problem("a: [1,\n")).startsWith("config/mesh.yaml:2: is not well-formed YAML: ");
        assertThat(problem("a: 1\n\"b\": \"sk-secret\\q\"\n")).isEqualTo(malformed + "it cannot be read from here on");
        assertThat(problem("a: 1\n---\nb: 2\n")).isEqualTo(malformed + "it holds a second document (---)");
        assertThat(problem("a: 1\nb: \u0007\n")).isEqualTo("config/mesh.yaml:2: holds a control character");
        assertThat(problem("- a\n- b\n")).isEqualTo("config/mesh.yaml:1: must be a mapping of keys to values");
        assertThat(problem("just words")).isEqualTo("config/mesh.yaml:1: must be a mapping of keys to values");
    }

    @Test
    void duplicate_keys_are_problems_wherever_they_stand() {
        assertThat(files.mesh(HomeFiles.MESH + "mesh: {port: 1, port: 2}\nmesh: {}\n")
                        .problems())
                .containsExactly(
                        "config/mesh.yaml:4: mesh.port: is given twice", "config/mesh.yaml:5: mesh: is given twice");
    }

    @Test
    void tags_merges_and_keys_that_are_no_words_are_problems() {
        assertThat(files.mesh(HomeFiles.MESH + "mesh: !!javax.script.ScriptEngineManager [1]\n")
                        .problems())
                .containsExactly("config/mesh.yaml:4: is not well-formed YAML: a tag (!…) has no meaning here");
        assertThat(files.mesh(HomeFiles.MESH + "mesh: !mine {port: 1}\n").problems())
                .containsExactly("config/mesh.yaml:4: a tag (!…) has no meaning here");
        assertThat(files.mesh(HomeFiles.MESH + "? [a, b]\n: c\n").problems())
                .containsExactly("config/mesh.yaml:4: a key must be a single word, not a list or a mapping");
        assertThat(files.mesh(HomeFiles.MESH + "mesh: {<<: {port: 1}}\n").problems())
                .containsExactly("config/mesh.yaml:4: mesh.<<: unknown key; host or port may stand here");
    }

    @Test
    void anchors_may_be_used_but_not_to_explode() {
        assertThat(files.mesh(HomeFiles.MESH
                                        .replace(
                                                "models: {sim/small: {",
                                                "models: {sim/more: *price, sim/small: &price {")
                                        .replace("sim/more: *price, ", "")
                                + "limits: {}\n")
                        .problems())
                .isEmpty();
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 10; i++) {
            bomb.append("a%d: &a%d [".formatted(i, i))
                    .append(("*a" + (i - 1) + ", ").repeat(9))
                    .append("*a")
                    .append(i - 1)
                    .append("]\n");
        }
        assertThat(problem(bomb.toString()))
                .matches("config/mesh.yaml:1: holds more than 100000 values once its aliases are expanded");
        assertThat(problem("a: &a [*a]\n")).isEqualTo("config/mesh.yaml:1: is nested more than 32 levels deep");
        assertThat(problem("a: &a {b: *a}\n")).isEqualTo("config/mesh.yaml:1: is nested more than 32 levels deep");
        assertThat(problem("[".repeat(50_000)))
                .isEqualTo("config/mesh.yaml: is nested too deeply, or repeats too many aliases");
        assertThat(problem("a: ".repeat(10_000))).startsWith("config/mesh.yaml:1: is not well-formed YAML");
    }

    @Test
    void a_broken_settings_file_hides_no_mistake_in_the_shape_of_the_others() {
        files.mesh("a: [")
                .agents("agents: {")
                .permissions("{")
                .file(".env", "no line\n")
                .file("config/workflows/w.yaml", "a: ]");
        assertThat(files.problems())
                .hasSize(5)
                .anyMatch(problem -> problem.startsWith(".env:1: must be KEY=value"))
                .anyMatch(problem -> problem.startsWith("config/agents.yaml:1: is not well-formed YAML"))
                .anyMatch(problem -> problem.startsWith("config/mesh.yaml:1: is not well-formed YAML"))
                .anyMatch(problem -> problem.startsWith("config/permissions.json:1: is not well-formed JSON"))
                .anyMatch(problem -> problem.startsWith("config/workflows/w.yaml:1: is not well-formed YAML"));
    }

    @Test
    void a_broken_agents_file_makes_no_entry_look_dangling() {
        files.agents("agents: [").permissions("{\"permissions\": {\"researcher\": {}}}");
        assertThat(files.problems()).hasSize(1);
    }

    @Test
    void a_file_must_be_text_of_an_honest_size() throws IOException {
        assertThat(files.bytes("config/mesh.yaml", new byte[] {'a', ':', ' ', '\n', (byte) 0xc3, (byte) 0x28})
                        .problems())
                .containsExactly("config/mesh.yaml:2: is not valid UTF-8");
        assertThat(files.bytes("config/mesh.yaml", new byte[] {'a', ':', ' ', (byte) 0xe2, (byte) 0x82})
                        .problems())
                .as("cut inside a character")
                .containsExactly("config/mesh.yaml:1: is not valid UTF-8");
        assertThat(files.mesh("#".repeat(Source.MAX_BYTES + 1)).problems())
                .containsExactly("config/mesh.yaml: is larger than 4 MiB");
        assertThat(files.mesh("\uFEFF" + HomeFiles.MESH).problems())
                .as("a byte order mark")
                .isEmpty();
        files.without("config/mesh.yaml");
        Files.createDirectory(folder.resolve("config/mesh.yaml"));
        assertThat(files.problems()).containsExactly("config/mesh.yaml: cannot be read");
    }

    @Test
    void the_files_of_workflows_and_hooks_are_checked_like_the_others() {
        files.file("config/workflows/a.yaml", "name: a\nsteps: [{id: a, agent: writer, task_type: t}]\n")
                .file("config/workflows/ignored.txt", ": [");
        assertThat(files.load().warnings()).isEmpty();
        files.file("config/workflows/b.yaml", "name: [\n").file("config/webhooks.yaml", "a: b: c\n");
        assertThat(files.problems())
                .containsExactly(
                        "config/webhooks.yaml:1: is not well-formed YAML: mapping values are not allowed here",
                        "config/workflows/b.yaml:2: is not well-formed YAML: it cannot be read from here on");
        files.without("config/webhooks.yaml").mesh(HomeFiles.MESH + "workflows: {skip_invalid: true}\n");
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/workflows/b.yaml:2: is not well-formed YAML: it cannot be read from here on; skipped");
    }

    @Test
    void a_file_that_nothing_reads_is_warned_of() {
        files.without("config/permissions.json")
                .file("config/permisions.json", HomeFiles.PERMISSIONS)
                .file("config/notes.txt", "notes");
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/permissions.json is missing: nobody may do anything",
                        "config/permisions.json is not read; did you mean permissions.json?");
    }

    @Test
    void credentials_are_read_from_both_places_and_flaws_never_show_values() throws IOException {
        files.file(".env", """
                # a comment
                OPENLEGION_CRED_SIM_API_KEY='from the file'
                OPENLEGION_CRED_OTHER=x
                UNRELATED=y
                """).environment("OPENLEGION_CRED_SIM_API_KEY", "from the environment");
        Loaded loaded = files.load();
        assertThat(loaded.warnings())
                .containsExactly(".env: UNRELATED is not used: credentials are named OPENLEGION_CRED_<NAME>");
        var vault = loaded.fleet(
                        1, ai.openlegion.identity.Tokens.open(files.home().data()))
                .vault();
        assertThat(vault.names()).containsExactly("other", "sim_api_key");
        assertThat(vault.get("sim_api_key").orElseThrow().reveal()).isEqualTo("from the environment");

        files.file(".env", "OPENLEGION_CRED_A=\"sk-secret\nOPENLEGION_CRED_B sk-secret\n")
                .environment("OPENLEGION_CRED_C", "sk-secret\nInjected: header");
        assertThat(files.problems())
                .containsExactly(
                        ".env:1: OPENLEGION_CRED_A: the value must end with the quote that opens it, and hold no other",
                        ".env:2: must be KEY=value, with letters, digits and _ in the key",
                        "credentials: OPENLEGION_CRED_C holds a control character or line break, which no credential may");
    }

    @Test
    void a_provider_without_its_key_is_warned_of_only_where_an_agent_uses_it() {
        files.without(".env");
        assertThat(files.load().warnings())
                .containsExactly(
                        "provider sim has no key: openlegion vault set sim_api_key, or OPENLEGION_CRED_SIM_API_KEY in .env or the environment");
        files.agents("agents: {}\n");
        assertThat(files.load().warnings()).isEmpty();
    }

    @Test
    void a_flood_of_mistakes_is_cut_off_and_counted() {
        StringBuilder keys = new StringBuilder(HomeFiles.MESH);
        for (int i = 0; i < 1_500; i++) {
            keys.append("unknown").append(i).append(": 1\n");
        }
        List<String> problems = files.mesh(keys.toString()).problems();
        assertThat(problems).hasSize(Problems.MAX_KEPT + 1).last().isEqualTo("config: 500 more problems");
    }

    @Test
    void a_hostile_key_is_printed_harmlessly() {
        files.mesh(HomeFiles.MESH + "\"a\\u001b[31m\\n\\u202e" + "x".repeat(200) + "\": 1\n\"\": 2\n");
        assertThat(files.problems())
                .hasSize(2)
                .allMatch(problem -> problem.chars().noneMatch(Character::isISOControl))
                .anyMatch(problem -> problem.startsWith("config/mesh.yaml:4: a?[31m??xxx"))
                .anyMatch(problem -> problem.startsWith("config/mesh.yaml:5: \"\": unknown key"));
    }

    @Test
    void no_mutation_of_any_file_gets_past_as_an_exception() {
        long seed = 20_261_122;
        Random random = new Random(seed);
        String alphabet = "{}[]:,-#&*!|>'\"%@`?~ \n\t\\0aé\u0000\uFFFE1.eE+_<";
        for (int round = 0; round < 120; round++) {
            String mesh = round % 3 == 0 ? mutated(HomeFiles.MESH, random, alphabet) : HomeFiles.MESH;
            String agents = round % 3 == 1 ? mutated(HomeFiles.AGENTS, random, alphabet) : HomeFiles.AGENTS;
            String permissions =
                    round % 3 == 2 ? mutated(HomeFiles.PERMISSIONS, random, alphabet) : HomeFiles.PERMISSIONS;
            String workflow = mutated(WORKFLOW, random, alphabet);
            try {
                var _ = files.mesh(mesh)
                        .agents(agents)
                        .permissions(permissions)
                        .file("config/workflows/a.yaml", workflow)
                        .problems();
            } catch (RuntimeException escaped) {
                throw new AssertionError(
                        "seed " + seed + " round " + round + "\n" + mesh + agents + permissions + workflow, escaped);
            }
        }
    }

    private static String mutated(String text, Random random, String alphabet) {
        StringBuilder changed = new StringBuilder(text);
        for (int i = 0; i <= random.nextInt(4); i++) {
            int at = random.nextInt(changed.length());
            char other = alphabet.charAt(random.nextInt(alphabet.length()));
            switch (random.nextInt(3)) {
                case 0 -> changed.setCharAt(at, other);
                case 1 -> changed.insert(at, other);
                case 2 -> changed.delete(at, Math.min(changed.length(), at + 1 + random.nextInt(5)));
                default -> throw new IllegalStateException(); // open: an int
            }
        }
        return changed.toString();
    }

    private String problem(String mesh) {
        List<String> problems = files.bytes("config/mesh.yaml", mesh.getBytes(StandardCharsets.UTF_8))
                .problems();
        assertThat(problems).as(mesh.substring(0, Math.min(60, mesh.length()))).hasSizeGreaterThanOrEqualTo(1);
        assertThat(problems).noneMatch(problem -> problem.contains("secret"));
        return problems.getFirst();
    }
}
