package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Resources;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AgentsFileTest {

    private static final AgentId A = new AgentId("a");

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void every_key_of_the_contract_is_read() {
        files.agents("""
                agents:
                  a:
                    role: research
                    model: sim/small
                    models: ["sim/*", gpt-4o]
                    runtime: external
                    budget: {daily_usd: 5.00, monthly_usd: 100.00}
                    resources: {memory: 512m, cpus: 0.5, pids: 256, disk: 2g}
                    push: "http://127.0.0.1:8401"
                    instructions: "You are a research specialist."
                """);
        Loaded loaded = files.load();
        assertThat(loaded.agents().get(A))
                .isEqualTo(new Agent(
                        A,
                        "research",
                        "sim/small",
                        List.of("sim/*", "openai/gpt-4o"),
                        RuntimeKind.EXTERNAL,
                        Agent.Program.OWN,
                        new Limits(5 * Usd.PICO_PER_USD, 100 * Usd.PICO_PER_USD),
                        URI.create("http://127.0.0.1:8401"),
                        "You are a research specialist.",
                        null));
        assertThat(loaded.warnings())
                .containsExactly(
                        "provider openai has no key: openlegion vault set openai_api_key, or OPENLEGION_CRED_OPENAI_API_KEY in .env or the environment");
    }

    @Test
    void half_a_budget_takes_the_other_half_from_the_defaults_and_zero_is_a_limit() {
        files.agents("""
                agents:
                  a: {model: sim/small}
                  b: {model: sim/small, budget: {daily_usd: 0}}
                  c: {model: sim/small, budget: {monthly_usd: 9000000}}
                """).mesh(HomeFiles.MESH + "defaults: {agent_daily_usd: 3}\n");
        assertThat(files.load().agents().values())
                .extracting(Agent::limits)
                .containsExactly(
                        new Limits(3 * Usd.PICO_PER_USD, 200 * Usd.PICO_PER_USD),
                        new Limits(0, 200 * Usd.PICO_PER_USD),
                        new Limits(3 * Usd.PICO_PER_USD, Limits.MAX_PICO));
    }

    @Test
    void an_agent_may_ask_for_its_own_model_and_its_failovers_when_nothing_else_is_said() {
        files.agents("agents: {a: {model: gpt-4o}}\n")
                .mesh(HomeFiles.MESH + "failover: {gpt-4o: [sim/large, gpt-4.1]}\n");
        Agent agent = java.util.Objects.requireNonNull(files.load().agents().get(A));
        assertThat(agent.model()).isEqualTo("openai/gpt-4o");
        assertThat(agent.models()).containsExactly("openai/gpt-4o", "sim/large", "openai/gpt-4.1");
    }

    @Test
    void an_id_has_a_shape_and_some_names_are_reserved() {
        files.agents("""
                agents:
                  mesh: {model: sim/small}
                  "a b": {model: sim/small}
                  -a: {model: sim/small}
                  default: {model: sim/small}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/agents.yaml:2: agents.mesh: is a reserved name; choose another",
                        "config/agents.yaml:3: agents.a b: must be 1 to 64 letters, digits, - and _, a letter or digit first",
                        "config/agents.yaml:4: agents.-a: must be 1 to 64 letters, digits, - and _, a letter or digit first",
                        "config/agents.yaml:5: agents.default: is a reserved name; choose another");
    }

    @Test
    void an_agent_twice_is_a_problem() {
        files.agents("agents:\n  a: {model: sim/small}\n  a: {model: sim/large}\n")
                .permissions("{\"permissions\": {\"a\": {}}}");
        assertThat(files.problems()).containsExactly("config/agents.yaml:3: agents.a: is given twice");
    }

    @Test
    void an_unknown_model_is_a_problem_that_names_the_nearest() {
        files.agents("""
                agents:
                  a: {model: sim/smal}
                  b: {model: openia/gpt-4o}
                  c: {}
                  d: {model: 5}
                  e: {model: sk-0123456789}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/agents.yaml:2: agents.a.model: sim/smal has no price; list it under models: in"
                                + " config/mesh.yaml; did you mean sim/small?",
                        "config/agents.yaml:3: agents.b.model: openia/gpt-4o is no known model; did you mean openai/gpt-4o?",
                        "config/agents.yaml:4: agents.c.model: is missing",
                        "config/agents.yaml:5: agents.d.model: must be a text; put it in quotes",
                        "config/agents.yaml:6: agents.e.model: is no known model");
    }

    @Test
    void globs_are_checked_and_names_that_match_nothing_are_warned_of() {
        files.agents("agents:\n  a: {model: sim/small, models: [\"sim/[a-\", 7]}\n");
        assertThat(files.problems())
                .containsExactly(
                        "config/agents.yaml:2: agents.a.models[1]: must be a text; put it in quotes",
                        "config/agents.yaml:2: agents.a.models[0]: the pattern has a [ without its ]");
        files.agents("agents:\n  a: {model: sim/small, models: [sim/other]}\n");
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/agents.yaml:2: agents.a.models[0]: sim/other has no price; list it under models: in"
                                + " config/mesh.yaml",
                        "config/agents.yaml:2: agents.a.models: does not cover the agent's own model");
    }

    @Test
    void a_model_may_be_one_of_any_dialect() {
        files.agents("agents: {a: {model: claude-sonnet-4-5}}\n")
                .environment("OPENLEGION_CRED_ANTHROPIC_API_KEY", "key");
        assertThat(files.load().warnings()).isEmpty();
    }

    @Test
    void resources_and_push_are_checked() {
        files.agents("""
                agents:
                  a: {model: sim/small, resources: {memory: lots, cpus: 0, pids: 0, disk: 5, memroy: 1m}, push: nowhere}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/agents.yaml:2: agents.a.resources.memory: must be a number of bytes, or one with k, m, g or t"
                                + " behind it, such as 512m",
                        "config/agents.yaml:2: agents.a.resources.disk: must be a text; put it in quotes",
                        "config/agents.yaml:2: agents.a.resources.cpus: must be at least 0.01",
                        "config/agents.yaml:2: agents.a.resources.pids: must be a whole number from 1 to 4194304",
                        "config/agents.yaml:2: agents.a.resources.memroy: unknown key; did you mean memory?",
                        "config/agents.yaml:2: agents.a.push: must be an http or https URL with a host, such as"
                                + " https://api.example.com/v1");
    }

    @Test
    void what_runs_as_an_agent_and_what_it_may_use_is_read() {
        files.mesh(HomeFiles.MESH.replace("kind: external", "kind: docker")).agents("""
                agents:
                  a:
                    model: sim/small
                    image: "registry.example:5000/team/agent@sha256:0123abcd"
                    command: [python3, "-m", agent, "--name=a b"]
                    server: false
                    resources: {memory: 1g, cpus: 1.25, pids: 64, disk: 1024k}
                  b: {model: sim/small, resources: {memory: "16777216"}}
                  c: {model: sim/small, runtime: process, image: own, command: [./agent]}
                """);
        Loaded loaded = files.load();
        assertThat(loaded.agents().values())
                .extracting(Agent::program)
                .containsExactly(
                        new Agent.Program(
                                "registry.example:5000/team/agent@sha256:0123abcd",
                                List.of("python3", "-m", "agent", "--name=a b"),
                                new Resources(1L << 30, 1_250, 64, 1L << 20),
                                false),
                        new Agent.Program(null, List.of(), new Resources(16L << 20, 500, 256, 2L << 30), true),
                        new Agent.Program("own", List.of("./agent"), Resources.DEFAULTS, true));
        assertThat(loaded.warnings())
                .containsExactly("config/agents.yaml:9: agents.c.image: has no effect: a process has none");
    }

    @Test
    void resources_are_bounded_and_a_program_has_a_shape() {
        files.mesh(HomeFiles.MESH.replace("kind: external", "kind: docker")).agents("""
                agents:
                  a: {model: sim/small, resources: {memory: 15m, cpus: 0.009, disk: 999999999999t}}
                  b: {model: sim/small, resources: {memory: 65t, cpus: 1025, pids: 4194305, disk: 1023k}}
                  c: {model: sim/small, image: "an image", command: run, server: "no"}
                  d: {model: sim/small, command: [run, 5, "", "a\\0b"], comand: []}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/agents.yaml:2: agents.a.resources.memory: must be from 16m to 64t",
                        "config/agents.yaml:2: agents.a.resources.disk: must be from 1m to 1024t",
                        "config/agents.yaml:2: agents.a.resources.cpus: must be at least 0.01",
                        "config/agents.yaml:3: agents.b.resources.memory: must be from 16m to 64t",
                        "config/agents.yaml:3: agents.b.resources.disk: must be from 1m to 1024t",
                        "config/agents.yaml:3: agents.b.resources.cpus: must be at most 1024",
                        "config/agents.yaml:3: agents.b.resources.pids: must be a whole number from 1 to 4194304",
                        "config/agents.yaml:4: agents.c.image: must be the name of an image, such as"
                                + " registry.example/agent:1.0",
                        "config/agents.yaml:4: agents.c.command: must be a list",
                        "config/agents.yaml:4: agents.c.server: must be true or false",
                        "config/agents.yaml:5: agents.d.command[1]: must be a text; put it in quotes",
                        "config/agents.yaml:5: agents.d.command[2]: must be a text that is not empty",
                        "config/agents.yaml:5: agents.d.command[3]: must not hold a NUL",
                        "config/agents.yaml:5: agents.d.comand: unknown key; did you mean command?");
    }

    @Test
    void what_has_no_effect_on_an_agent_that_runs_elsewhere_is_warned_of() {
        files.agents("agents: {a: {model: sim/small, image: own, command: [run], server: false}}\n");
        String because = " has no effect: the mesh does not start agents with runtime external";
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/agents.yaml:1: agents.a.image:" + because,
                        "config/agents.yaml:1: agents.a.command:" + because,
                        "config/agents.yaml:1: agents.a.server:" + because);
    }

    @Test
    void a_flag_never_lowers_what_an_entry_asks_for_and_says_where_it_does_not_raise_it() {
        files.agents("""
                agents:
                  a: {model: sim/small}
                  b: {model: sim/small, runtime: docker}
                  c: {model: sim/small, runtime: external}
                  d: {model: sim/small, runtime: sandbox}
                """).overrides(new Overrides(null, null, RuntimeKind.SANDBOX, null));
        Loaded sandboxed = files.load();
        assertThat(sandboxed.agents().values())
                .extracting(Agent::runtime)
                .containsExactly(RuntimeKind.SANDBOX, RuntimeKind.DOCKER, RuntimeKind.EXTERNAL, RuntimeKind.SANDBOX);
        assertThat(sandboxed.warnings())
                .containsExactly("config/agents.yaml:3: agents.b.runtime: stays docker: --runtime sandbox is for agents"
                        + " that name none");
        Loaded lowered = files.overrides(new Overrides(null, null, RuntimeKind.PROCESS, null))
                .load();
        assertThat(lowered.agents().values())
                .extracting(Agent::runtime)
                .containsExactly(RuntimeKind.PROCESS, RuntimeKind.DOCKER, RuntimeKind.EXTERNAL, RuntimeKind.SANDBOX);
        assertThat(lowered.warnings()).isEmpty();
    }

    @Test
    void the_fleet_decides_by_what_the_files_say() throws IOException {
        files.agents("agents: {a: {model: sim/small}, b: {model: sim/large}}\n")
                .permissions("{\"permissions\": {\"a\": {\"allowed_apis\": [\"llm\"]}}}");
        Tokens tokens = Tokens.open(files.home().data());
        Fleet fleet = files.load().fleet(7, tokens);
        AgentId b = new AgentId("b");

        assertThat(fleet.revision()).isEqualTo(7);
        assertThat(fleet.policy().revision()).isEqualTo(7);
        assertThat(fleet.agents()).containsOnlyKeys(A, b);
        assertThat(fleet.policy().decide(A, Operation.API, "llm")).isInstanceOf(Decision.Allowed.class);
        assertThat(fleet.policy().decide(b, Operation.API, "llm")).isInstanceOf(Decision.Denied.class);
        assertThat(fleet.policy().decide(A, Operation.MODEL, "sim/small")).isInstanceOf(Decision.Allowed.class);
        assertThat(fleet.policy().decide(A, Operation.MODEL, "sim/large")).isInstanceOf(Decision.Denied.class);
        assertThat(fleet.tokens().find(tokens.external(b)))
                .extracting(caller -> caller.agent())
                .isEqualTo(b);
        assertThat(fleet.vault().get("sim_api_key")).isPresent();
        assertThat(fleet).hasToString("Fleet[revision=7, agents=[a, b]]");
    }
}
