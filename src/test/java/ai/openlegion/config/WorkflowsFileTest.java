package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.budget.Usd;
import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.Schedule.Spec;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.InputFrom;
import ai.openlegion.workflow.model.KeyTemplate;
import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.ResultPath;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a file of `config/workflows` may say, and what it is told when it says anything else.
final class WorkflowsFileTest {

    private static final AgentId RESEARCHER = new AgentId("researcher");
    private static final AgentId WRITER = new AgentId("writer");

    @TempDir
    private Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void the_example_of_the_manual_is_read_whole() throws Exception {
        workflow("""
                name: prospect_pipeline
                trigger: new_lead
                schedule: "0 9 * * 1-5"
                timeout: 7200
                on_complete: pipeline_complete
                budget: {max_usd: 2.00}
                steps:
                  - {id: research, agent: researcher, task_type: research_prospect, input_from: trigger.payload, timeout: 90, on_failure: retry, max_retries: 5}
                  - {id: qualify, capability: scoring, task_type: score_lead, depends_on: [research], input_from: "blackboard://context/prospect_{lead_id}",
                     on_failure: skip, token_budget: {max_tokens: 20000, max_usd: 0.5}}
                  - {id: outreach, agent: writer, task_type: draft, depends_on: [qualify], condition: "qualify.result.score > 0.7", requires_approval: true,
                     approval_timeout: 60, on_failure: fallback, fallback_agent: researcher, for_each: research.result.people, max_parallel: 3}
                """);
        Workflow read = files.load().workflows().getFirst();
        assertThat(read)
                .returns("prospect_pipeline", Workflow::name)
                .returns("config/workflows/a.yaml", Workflow::file)
                .returns("new_lead", Workflow::trigger)
                .returns("0 9 * * 1-5", Workflow::schedule)
                .returns(7_200, Workflow::timeoutSeconds)
                .returns("pipeline_complete", Workflow::onComplete)
                .returns(2 * Usd.PICO_PER_USD, Workflow::maxPico);
        assertThat(read.steps().get(0))
                .isEqualTo(new Step(
                        "research",
                        8,
                        RESEARCHER,
                        null,
                        "research_prospect",
                        List.of(),
                        new InputFrom.Payload(),
                        90,
                        null,
                        OnFailure.RETRY,
                        5,
                        null,
                        false,
                        3_600,
                        null,
                        null,
                        null));
        assertThat(read.steps().get(1))
                .isEqualTo(new Step(
                        "qualify",
                        9,
                        null,
                        "scoring",
                        "score_lead",
                        List.of("research"),
                        new InputFrom.Board(KeyTemplate.parse("context/prospect_{lead_id}")),
                        120,
                        null,
                        OnFailure.SKIP,
                        3,
                        null,
                        false,
                        3_600,
                        20_000L,
                        Usd.PICO_PER_USD / 2,
                        null));
        Step outreach = read.steps().get(2);
        assertThat(java.util.Objects.requireNonNull(outreach.condition()).text())
                .isEqualTo("qualify.result.score > 0.7");
        assertThat(outreach)
                .returns(11, Step::line)
                .returns(WRITER, Step::agent)
                .returns(true, Step::requiresApproval)
                .returns(60, Step::approvalSeconds)
                .returns(OnFailure.FALLBACK, Step::onFailure)
                .returns(RESEARCHER, Step::fallbackAgent)
                .returns(new FanOut(ResultPath.parse("research.result.people"), 3), Step::forEach);
    }

    @Test
    void a_schedule_makes_a_job_beside_those_of_the_file() {
        workflow("name: daily\nschedule: \"0 9 * * 1-5\"\nsteps: [{id: a, agent: writer, task_type: t}]\n");
        files.file("config/schedules.yaml", "schedules: {own: {schedule: every 1h, workflow: daily}}\n");
        assertThat(files.load().schedules())
                .containsOnlyKeys("own", "workflow:daily")
                .containsEntry(
                        "workflow:daily",
                        new Spec("0 9 * * 1-5", "UTC", Misfire.SKIP, null, "daily", "", "{}", false, List.of(), true));
    }

    /// Each row: one step of three in place of the second, and what is said of it.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', maxCharsPerColumn = 10_000, textBlock = """
            id: b, agent: writer, task_type: t, timout: 5                     | 4: steps.b.timout: unknown key; did you mean timeout?
            id: b, agent: writer, task_type: t, prompt: x                     | 4: steps.b.prompt: unknown key; id, agent, capability, task_type, depends_on, on_failure, requires_approval, token_budget, input_from, timeout, condition, max_retries, fallback_agent, approval_timeout, max_parallel or for_each may stand here
            agent: writer, task_type: t                                       | 4: steps[1].id: is missing
            id: 1b, agent: writer, task_type: t                               | 4: steps[1].id: must be 1 to 64 letters, digits, _ and -, a letter or _ first
            id: 7, agent: writer, task_type: t                                | 4: steps[1].id: must be a text; put it in quotes
            id: a, agent: writer, task_type: t                                | 4: steps.a.id: is already the id of the step on line 3
            id: b, agent: writer                                              | 4: steps.b.task_type: is missing
            id: b, agent: writer, task_type: ""                               | 4: steps.b.task_type: must be a text that is not empty
            id: b, agent: writer, task_type: "a\\u0007"                       | 4: steps.b.task_type: must not hold a control character
            id: b, agent: wirter, task_type: t                                | 4: steps.b.agent: config/agents.yaml has no agent of this name; did you mean writer?
            id: b, agent: operator, task_type: t                              | 4: steps.b.agent: config/agents.yaml has no agent of this name
            id: b, agent: writer, capability: c, task_type: t                 | 4: steps.b: must have an agent or a capability, one of the two
            id: b, task_type: t                                               | 4: steps.b: must have an agent or a capability, one of the two
            id: b, agent: writer, task_type: t, on_failure: retri             | 4: steps.b.on_failure: must be abort, skip, retry or fallback; did you mean retry?
            id: b, agent: writer, task_type: t, on_failure: fallback          | 4: steps.b.on_failure: fallback needs a fallback_agent, who tries in the agent's place
            id: b, agent: writer, task_type: t, fallback_agent: researcher    | 4: steps.b.fallback_agent: is for on_failure: fallback alone
            id: b, agent: writer, task_type: t, on_failure: fallback, fallback_agent: reasearcher | 4: steps.b.fallback_agent: config/agents.yaml has no agent of this name; did you mean researcher?
            id: b, agent: writer, task_type: t, on_failure: fallback, fallback_agent: writer | 4: steps.b.fallback_agent: must be another agent than agent
            id: b, agent: writer, task_type: t, depends_on: [b]               | 4: steps.b.depends_on[0]: a step cannot depend on itself
            id: b, agent: writer, task_type: t, depends_on: [a, cc]           | 4: steps.b.depends_on[1]: there is no step cc
            id: b, agent: writer, task_type: t, depends_on: [a, a]            | 4: steps.b.depends_on[1]: a is given twice
            id: b, agent: writer, task_type: t, depends_on: a                 | 4: steps.b.depends_on: must be a list
            id: b, agent: writer, task_type: t, timeout: 0                    | 4: steps.b.timeout: must be a whole number from 1 to 604800
            id: b, agent: writer, task_type: t, timeout: 1.5                  | 4: steps.b.timeout: must be a whole number from 1 to 604800
            id: b, agent: writer, task_type: t, on_failure: retry, max_retries: -1  | 4: steps.b.max_retries: must be a whole number from 0 to 100
            id: b, agent: writer, task_type: t, requires_approval: yes        | 4: steps.b.requires_approval: must be true or false
            id: b, agent: writer, task_type: t, approval_timeout: 5           | 4: steps.b.approval_timeout: is for requires_approval: true alone
            id: b, agent: writer, task_type: t, requires_approval: true, approval_timeout: 0 | 4: steps.b.approval_timeout: must be a whole number from 1 to 2592000
            id: b, agent: writer, task_type: t, token_budget: {}              | 4: steps.b.token_budget: must have max_tokens or max_usd
            id: b, agent: writer, task_type: t, token_budget: {max_usd: 1, max_token: 5}  | 4: steps.b.token_budget.max_token: unknown key; did you mean max_tokens?
            id: b, agent: writer, task_type: t, token_budget: {max_tokens: 0} | 4: steps.b.token_budget.max_tokens: must be a whole number from 1 to 1000000000000
            id: b, agent: writer, task_type: t, token_budget: {max_usd: -1}   | 4: steps.b.token_budget.max_usd: must be a number ≥ 0
            id: b, agent: writer, task_type: t, max_parallel: 2               | 4: steps.b.max_parallel: is for a step with for_each alone
            id: b, agent: writer, task_type: t, depends_on: [a], for_each: a.result.list, max_parallel: 65 | 4: steps.b.max_parallel: must be a whole number from 1 to 64
            id: b, agent: writer, task_type: t, for_each: a.result.list       | 4: steps.b.for_each: names a, which may not be over: this step depends on it neither directly nor through others; add it to depends_on
            id: b, agent: writer, task_type: t, depends_on: [a], for_each: a.status | 4: steps.b.for_each: must be a list in a step's result, and status is none
            id: b, agent: writer, task_type: t, depends_on: [a], for_each: "a[x]" | 4: steps.b.for_each: character 3: expected an index of 1 to 6 digits and ]; it is the place of a list, such as STEP.result.items
            id: b, agent: writer, task_type: t, for_each: trigger.payload     | 4: steps.b.for_each: of the trigger there is the payload alone: input_from: trigger.payload
            id: b, agent: writer, task_type: t, input_from: a                 | 4: steps.b.input_from: names a, which may not be over: this step depends on it neither directly nor through others; add it to depends_on
            id: b, agent: writer, task_type: t, input_from: b.result          | 4: steps.b.input_from: names the step itself, which is not over when it begins
            id: b, agent: writer, task_type: t, input_from: trigger.paylod    | 4: steps.b.input_from: of the trigger there is the payload alone: input_from: trigger.payload
            id: b, agent: writer, task_type: t, input_from: zzz.result        | 4: steps.b.input_from: there is no step zzz
            id: b, agent: writer, task_type: t, depends_on: [a], condition: "a.score >"   | 4: steps.b.condition: is malformed: character 10: expected a number, true, false, null or a string in quotes
            id: b, agent: writer, task_type: t, depends_on: [a], condition: "a.score > 1 andd a.x == 2" | 4: steps.b.condition: is malformed: character 13: expected and, or, or the end
            id: b, agent: writer, task_type: t, depends_on: [a], condition: "(a.score > 1" | 4: steps.b.condition: is malformed: character 13: expected )
            id: b, agent: writer, task_type: t, depends_on: [a], condition: "__import__('os')" | 4: steps.b.condition: is malformed: character 11: expected == != < <= > >= in or contains
            id: b, agent: writer, task_type: t, condition: "a.score > 1"      | 4: steps.b.condition: names a, which may not be over: this step depends on it neither directly nor through others; add it to depends_on
            id: b, agent: writer, task_type: t, condition: "b.score > 1"      | 4: steps.b.condition: names the step itself, which is not over when it begins
            id: b, agent: writer, task_type: t, condition: "aa.score > 1"     | 4: steps.b.condition: there is no step aa
            id: b, agent: writer, task_type: t, input_from: "a b"             | 4: steps.b.input_from: character 2: expected . or [; it is trigger.payload, a step, STEP.result.field or blackboard://key_{variable}
            id: b, agent: writer, task_type: t, input_from: "blackboard://x{" | 4: steps.b.input_from: { must be followed by a name and }; it is trigger.payload, a step, STEP.result.field or blackboard://key_{variable}
            id: b, agent: writer, task_type: t, input_from: "blackboard://"   | 4: steps.b.input_from: a key must have 1 to 512 characters; it is trigger.payload, a step, STEP.result.field or blackboard://key_{variable}
            """)
    void every_mistake_in_a_step_is_told_with_file_line_and_step(String step, String problem) {
        workflow("""
                name: w
                steps:
                  - {id: a, agent: writer, task_type: t}
                  - {%s}
                  - {id: c, agent: writer, task_type: t}
                """.formatted(step));
        assertThat(files.problems()).containsExactly("config/workflows/a.yaml:" + problem);
    }

    @Test
    void a_cycle_is_told_with_its_path() {
        workflow("""
                name: w
                steps:
                  - {id: first, agent: writer, task_type: t}
                  - id: a
                    agent: writer
                    task_type: t
                    depends_on: [first, c]
                  - {id: b, agent: writer, task_type: t, depends_on: [a]}
                  - {id: c, agent: writer, task_type: t, depends_on: [b]}
                  - {id: x, agent: writer, task_type: t, depends_on: [y]}
                  - {id: y, agent: writer, task_type: t, depends_on: [x]}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/workflows/a.yaml:7: steps.a.depends_on: is a cycle: a → c → b → a, each depends on the next",
                        "config/workflows/a.yaml:10: steps.x.depends_on: is a cycle: x → y → x, each depends on the next");
    }

    @Test
    void an_input_may_come_from_any_ancestor() {
        workflow("""
                name: w
                steps:
                  - {id: a, agent: writer, task_type: t}
                  - {id: b, agent: writer, task_type: t, depends_on: [a]}
                  - {id: c, agent: writer, task_type: t, depends_on: [b], input_from: a.result.name, condition: "a.status == 'complete'"}
                """);
        assertThat(files.load().workflows()).hasSize(1);
    }

    @Test
    void every_mistake_around_the_steps_is_told() {
        workflow("""
                name: "a b"
                triger: x
                schedule: "61 * * * *"
                timeout: 0
                on_complete: 5
                budget: {max_usd: lots}
                steps: []
                """);
        files.file("config/workflows/b.yaml", "steps: {a: 1}\nbudget: {}\n")
                .file("config/workflows/c.yaml", "# nothing\n")
                .file("config/workflows/d.yaml", "- a\n")
                .file("config/workflows/e.yaml", "name: e\nsteps: [a, {id: b}]\n");
        assertThat(files.problems())
                .containsExactly(
                        "config/workflows/a.yaml:1: name: must be 1 to 64 letters, digits, _, . and -, a letter, a digit or _ first",
                        "config/workflows/a.yaml:2: triger: unknown key; did you mean trigger?",
                        "config/workflows/a.yaml:3: schedule: must have one of these in the minute field: *, 0 to 59, a"
                                + " range a-b, a step */n or a-b/n, a list of these with commas",
                        "config/workflows/a.yaml:4: timeout: must be a whole number from 1 to 604800",
                        "config/workflows/a.yaml:5: on_complete: must be a text; put it in quotes",
                        "config/workflows/a.yaml:6: budget.max_usd: must be a number ≥ 0",
                        "config/workflows/a.yaml:7: steps: must have at least one step",
                        "config/workflows/b.yaml:1: name: is missing",
                        "config/workflows/b.yaml:1: steps: must be a list",
                        "config/workflows/b.yaml:2: budget: must have max_usd, the most one run may spend",
                        "config/workflows/c.yaml: name: is missing",
                        "config/workflows/c.yaml: steps: is missing",
                        "config/workflows/d.yaml:1: must be a mapping of keys to values",
                        "config/workflows/e.yaml:2: steps[0]: must be a mapping of keys to values",
                        "config/workflows/e.yaml:2: steps[0].id: is missing",
                        "config/workflows/e.yaml:2: steps[0]: must have an agent or a capability, one of the two",
                        "config/workflows/e.yaml:2: steps[0].task_type: is missing",
                        "config/workflows/e.yaml:2: steps.b: must have an agent or a capability, one of the two",
                        "config/workflows/e.yaml:2: steps.b.task_type: is missing");
    }

    @Test
    void a_name_is_taken_once() {
        String same = "name: same\nsteps: [{id: a, agent: writer, task_type: t}]\n";
        files.file("config/workflows/a.yaml", same).file("config/workflows/b.yaml", "\n" + same);
        assertThat(files.problems())
                .containsExactly(
                        "config/workflows/b.yaml:2: name: is already the name of the workflow in config/workflows/a.yaml");
    }

    @Test
    void workflows_that_would_start_each_other_for_ever_are_refused() {
        chained("a", "x", "y");
        chained("b", "y", "z");
        chained("c", "z", "x");
        chained("d", "y", "nobody");
        chained("e", "own", "own");
        assertThat(files.problems())
                .containsExactly(
                        "config/workflows/a.yaml:3: on_complete: would go round for ever: a → b → c → a, each is the"
                                + " trigger of the next",
                        "config/workflows/e.yaml:3: on_complete: would go round for ever: e → e, each is the trigger of"
                                + " the next");
        files.mesh(HomeFiles.MESH + "workflows: {skip_invalid: true}\n");
        assertThat(files.load().workflows()).extracting(Workflow::name).containsExactly("b", "c", "d");
    }

    @Test
    void a_file_with_a_mistake_is_left_out_where_the_settings_say_so() {
        files.mesh(HomeFiles.MESH + "workflows: {skip_invalid: true, running: 5, keep_days: 2}\n")
                .permissions("{\"permissions\": {\"default\": {\"can_run_workflows\": [\"good\", \"bad\", \"*\"]}}}");
        workflow("name: bad\nsteps: [{id: a, agent: nobody, task_type: t}]\n");
        files.file("config/workflows/b.yaml", "name: good\nsteps: [{id: a, agent: writer, task_type: t}]\n")
                .file("config/schedules.yaml", "schedules: {s: {schedule: every 1h, workflow: bad}}\n");
        Loaded loaded = files.load();
        assertThat(loaded.workflows()).extracting(Workflow::name).containsExactly("good");
        assertThat(loaded.settings().workflows().running()).isEqualTo(5);
        assertThat(loaded.settings().workflows().keepMillis()).isEqualTo(2 * 86_400_000L);
        assertThat(loaded.warnings())
                .containsExactly(
                        "config/workflows/a.yaml:2: steps.a.agent: config/agents.yaml has no agent of this name; skipped",
                        "config/permissions.json:1: permissions.default.can_run_workflows[1]: no workflow in"
                                + " config/workflows has this name",
                        "config/schedules.yaml:1: schedules.s.workflow: no workflow in config/workflows has this name");
    }

    @Test
    void a_file_that_cannot_be_read_is_left_out_too_and_one_of_another_kind_is_named() throws Exception {
        workflow("name: good\nsteps: [{id: a, agent: writer, task_type: t}]\n");
        Path folder = files.home().config().resolve("workflows");
        Files.write(folder.resolve("b.yaml"), new byte[] {'n', '\n', (byte) 0xff});
        Files.createDirectory(folder.resolve("c.yaml"));
        Files.writeString(folder.resolve("d.yml"), "name: d");
        assertThat(files.problems())
                .containsExactly(
                        "config/workflows/b.yaml:2: is not valid UTF-8", "config/workflows/c.yaml: cannot be read");
        files.mesh(HomeFiles.MESH + "workflows: {skip_invalid: true}\n");
        Loaded loaded = files.load();
        assertThat(loaded.workflows()).extracting(Workflow::name).containsExactly("good");
        assertThat(loaded.warnings())
                .containsExactly(
                        "config/workflows/b.yaml:2: is not valid UTF-8; skipped",
                        "config/workflows/c.yaml: cannot be read; skipped",
                        "config/workflows/d.yml is not read: a workflow is a file *.yaml");
    }

    @Test
    void what_can_hardly_be_meant_is_warned_of() {
        files.permissions("""
                {"permissions": {"writer": {"blackboard_read": ["context/lead_1*", "drafts/*"]},
                 "researcher": {"blackboard_read": ["context/*"], "can_run_workflows": ["daly"]}}}
                """);
        workflow("""
                name: daily
                timeout: 60
                steps:
                  - {id: a, agent: writer, task_type: t, timeout: 90, max_retries: 2}
                  - {id: b, agent: writer, task_type: t, requires_approval: true}
                  - {id: c, agent: writer, task_type: t, input_from: "blackboard://context/lead_{id}", on_failure: fallback, fallback_agent: researcher}
                  - {id: d, agent: writer, task_type: t, input_from: "blackboard://leads/{id}"}
                  - {id: e, agent: researcher, task_type: t, input_from: "blackboard://context"}
                """);
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/workflows/a.yaml:4: steps.a.timeout: is longer than the run's, which is 60 s",
                        "config/workflows/a.yaml:4: steps.a.max_retries: has no effect without on_failure: retry",
                        "config/permissions.json:2: permissions.researcher.can_run_workflows[0]: no workflow in"
                                + " config/workflows has this name; did you mean daily?",
                        "config/workflows/a.yaml:7: steps.d.input_from: writer has no blackboard_read for such a key",
                        "config/workflows/a.yaml:8: steps.e.input_from: researcher has no blackboard_read for such a key");
    }

    @Test
    void without_agents_the_rest_is_checked() {
        files.agents("agents: [");
        workflow("name: w\nsteps: [{id: a, agent: nobody, task_type: t, timout: 1}]\n");
        assertThat(files.problems())
                .hasSize(2)
                .anyMatch(problem -> problem.startsWith("config/agents.yaml:"))
                .contains("config/workflows/a.yaml:2: steps.a.timout: unknown key; did you mean timeout?");
    }

    private void chained(String name, String trigger, String onComplete) {
        files.file("config/workflows/" + name + ".yaml", """
                name: %s
                trigger: %s
                on_complete: %s
                steps: [{id: a, agent: writer, task_type: t}]
                """.formatted(name, trigger, onComplete));
    }

    private void workflow(String text) {
        files.file("config/workflows/a.yaml", text);
    }
}
