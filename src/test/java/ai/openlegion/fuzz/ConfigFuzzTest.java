package ai.openlegion.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Grants;
import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problems;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Damaged configuration is told as problems or is taken for what it says: it never throws, and never lets an agent do
/// more than the text of its entry.
@Timeout(3600)
class ConfigFuzzTest {

    private static final List<String> AGENTS = List.of("alpha", "beta", "gamma");

    private static final Map<String, String> FILES = new LinkedHashMap<>();

    static {
        FILES.put("config/mesh.yaml", """
                mesh: {host: 127.0.0.1, port: 0}
                control: {host: 127.0.0.1, port: 0}
                runtime: {kind: external}
                providers:
                  sim: {dialect: openai, base_url: "http://127.0.0.1:9/v1", credential: sim_api_key}
                models:
                  sim/small: {input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, context_tokens: 128000, max_output_tokens: 4096}
                services:
                  svc: {base_url: "http://127.0.0.1:9", header: X-Key, credential: svc_key, usd_per_call: 0.01, actions: {search: "GET /search"}, handles: ["header:X-Other"]}
                limits: {connections: 100, body_bytes: 1000000}
                rate_limits: {per_minute: 100}
                failover: {sim/small: []}
                """);
        FILES.put("config/agents.yaml", """
                agents:
                  alpha: {role: test, model: sim/small, models: ["sim/*"], runtime: external, budget: {daily_usd: 1, monthly_usd: 2}}
                  beta: {role: test, model: sim/small, runtime: external, push: "http://127.0.0.1:9"}
                  gamma:
                    role: "quoted role"
                    model: sim/small
                    instructions: |
                      Some text
                      of two lines.
                """);
        FILES.put("config/permissions.json", """
                {"permissions": {
                  "default": {"allowed_apis": []},
                  "alpha": {"can_message": ["beta"], "can_publish": ["news"], "can_subscribe": ["lead"],
                            "blackboard_read": ["context/*", "tasks/?"], "blackboard_write": ["context/[ab]*"],
                            "allowed_apis": ["llm", "svc"], "allowed_credentials": ["mine_*"], "can_run_workflows": ["one"],
                            "can_spawn": false, "can_manage_cron": true},
                  "beta": {"can_message": ["*"], "can_spawn": true}
                }}
                """);
        FILES.put("config/schedules.yaml", """
                schedules:
                  morning: {schedule: "0 7 * * 1-5", agent: alpha, message: "good morning", zone: UTC}
                  often: {schedule: "every 30m", workflow: one, misfire: once}
                """);
        FILES.put("config/webhooks.yaml", """
                hooks:
                  shop: {secret: shop_hook, agent: alpha}
                  start: {secret: shop_hook, workflow: one}
                """);
        FILES.put("config/workflows/one.yaml", """
                name: one
                trigger: lead
                timeout: 600
                steps:
                  - {id: first, agent: alpha, task_type: one}
                  - {id: second, agent: beta, task_type: two, depends_on: [first], input_from: first, condition: "first.score > 0.5"}
                """);
        FILES.put(".env", """
                # keys
                OPENLEGION_CRED_SIM_API_KEY=sim-key-0123456789
                OPENLEGION_CRED_SVC_KEY='svc key 0123456789'
                OPENLEGION_CRED_SHOP_HOOK="whsec-0123456789abcdef0123456789"
                """);
    }

    private static final List<String> DICTIONARY = List.of(
            "*",
            "&a ",
            "*a",
            "<<: ",
            "!!java.net.URL ",
            "!!binary ",
            "{",
            "}",
            "[",
            "]",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "\t",
            "#",
            "\"",
            "'",
            "|\n",
            ">\n",
            "---\n",
            "...\n",
            "null",
            "~",
            "true",
            "yes",
            "1e400",
            "-1",
            "0x10",
            ".inf",
            ".nan",
            "99999999999999999999",
            "2026-11-22",
            "\"*\"",
            "[\"*\"]",
            "\"default\"",
            "\"alpha\"",
            "\"can_spawn\": true",
            "\"allowed_apis\": [\"*\"]",
            ", \"beta\": {}",
            "\\u0061",
            "\u0000",
            "\ufeff",
            "\u0085",
            "é",
            "😀",
            "sim/*",
            "http://169.254.169.254",
            "../..",
            "/etc/passwd",
            "${HOME}",
            "$(id)",
            "a".repeat(300),
            "[".repeat(100),
            "//",
            "/*");

    @TempDir
    Path root;

    private final Map<String, Grants> intended = new LinkedHashMap<>();
    private Home home = new Home(Path.of("."));

    @BeforeEach
    void writes() throws IOException {
        home = new Home(root);
        for (Map.Entry<String, String> file : FILES.entrySet()) {
            write(file.getKey(), file.getValue().getBytes(UTF_8));
        }
        Problems problems = new Problems();
        Loaded loaded = load(problems).orElseThrow(() -> new AssertionError(problems.list()));
        AGENTS.forEach(agent -> intended.put(agent, grants(loaded, agent)));
        assertThat(intended.get("alpha")).isEqualTo(intended("alpha", file("config/permissions.json")));
        assertThat(grants(loaded, "beta").canSpawn()).isTrue();
    }

    private static String file(String name) {
        return FILES.getOrDefault(name, "");
    }

    private void write(String name, byte[] bytes) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        if (name.equals(".env")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    private Optional<Loaded> load(Problems problems) {
        return Configuration.load(home, Map.of(), new Overrides(0, 0, RuntimeKind.EXTERNAL, null), problems);
    }

    private Grants grants(Loaded loaded, String agent) {
        try {
            return loaded.fleet(1, Tokens.open(home.data()))
                    .policy()
                    .grants(AgentId.parse(agent).orElseThrow());
        } catch (IOException unwritable) {
            throw new java.io.UncheckedIOException(unwritable);
        }
    }

    /// What a text of permissions says of an agent, by a strict reading that knows nothing of the mesh's.
    private static Grants intended(String agent, String json) {
        JsonOracle.Value value = JsonOracle.read(json.getBytes(UTF_8));
        Map<?, ?> whole = value != null && value.is() instanceof Map<?, ?> members ? members : Map.of();
        Map<?, ?> entries = whole.get("permissions") instanceof Map<?, ?> given ? given : Map.of();
        Object own = entries.containsKey(agent) ? entries.get(agent) : entries.get("default");
        Map<?, ?> entry = own instanceof Map<?, ?> members ? members : Map.of();
        return new Grants(
                texts(entry, "can_message"),
                texts(entry, "can_publish"),
                texts(entry, "can_subscribe"),
                texts(entry, "blackboard_read"),
                texts(entry, "blackboard_write"),
                texts(entry, "allowed_apis"),
                texts(entry, "allowed_credentials"),
                texts(entry, "can_run_workflows"),
                Boolean.TRUE.equals(entry.get("can_spawn")),
                Boolean.TRUE.equals(entry.get("can_manage_cron")));
    }

    private static List<String> texts(Map<?, ?> entry, String member) {
        List<String> texts = new ArrayList<>();
        if (entry.get(member) instanceof List<?> list) {
            list.forEach(each -> texts.add(String.valueOf(each)));
        }
        return texts;
    }

    @Test
    void damaged_permissions_are_refused_or_are_what_they_say() {
        String name = "config/permissions.json";
        int[] taken = {0};
        int cases = Fuzz.run("permissions", 100, (fuzz, random) -> {
            byte[] damaged = fuzz.input(Fuzz.mutated(random, file(name).getBytes(UTF_8), DICTIONARY));
            write(name, damaged);
            Problems problems = new Problems();
            Optional<Loaded> loaded = load(problems);
            assertThat(problems.any()).isEqualTo(loaded.isEmpty());
            loaded.ifPresent(fleet -> {
                taken[0]++;
                for (String agent : AGENTS) {
                    assertThat(grants(fleet, agent)).as(agent).isEqualTo(intended(agent, new String(damaged, UTF_8)));
                }
            });
        });
        assertThat(cases).isPositive();
        assertThat(taken[0]).as("some that were damaged are still well-formed").isPositive();
    }

    @Test
    void damaged_files_are_problems_or_are_read_and_widen_no_permission() {
        List<String> names = FILES.keySet().stream()
                .filter(name -> !name.endsWith("permissions.json"))
                .toList();
        int[] taken = {0};
        int cases = Fuzz.run("configuration", 200, (fuzz, random) -> {
            String name = Fuzz.pick(random, names);
            byte[] damaged = Fuzz.mutated(random, file(name).getBytes(UTF_8), DICTIONARY);
            fuzz.input(name + "\n" + new String(damaged, UTF_8));
            write(name, damaged);
            try {
                Problems problems = new Problems();
                Optional<Loaded> loaded = load(problems);
                assertThat(problems.any()).isEqualTo(loaded.isEmpty());
                loaded.ifPresent(fleet -> {
                    taken[0]++;
                    fleet.agents()
                            .keySet()
                            .forEach(agent -> assertThat(grants(fleet, agent.value()))
                                    .isEqualTo(intended(agent.value(), file("config/permissions.json"))));
                });
            } finally {
                write(name, file(name).getBytes(UTF_8));
            }
        });
        assertThat(cases).isPositive();
        assertThat(taken[0]).as("some that were damaged are still well-formed").isPositive();
    }
}
