package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Schedule.Misfire;
import ai.openlegion.schedule.Schedule.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `schedules.yaml` may say, and what it is told when it says anything else.
final class SchedulesFileTest {

    private static final AgentId WRITER = new AgentId("writer");

    @TempDir
    private Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void a_job_sends_a_message_or_runs_a_workflow() {
        files.file(
                        "config/workflows/a.yaml",
                        "name: prospect_pipeline\nsteps: [{id: a, agent: writer, task_type: t}]\n")
                .file("config/schedules.yaml", """
                schedules:
                  morning: {schedule: "0 9 * * 1-5", zone: Europe/Berlin, misfire: once, agent: writer, message: "Good\\nmorning"}
                  nightly:
                    schedule: every 30m
                    workflow: prospect_pipeline
                    input: {source: nightly, limit: 1.50, deep: [true, null, "yes"], note: "a \\"b\\""}
                    enabled: false
                """);
        assertThat(files.load().schedules())
                .containsOnlyKeys("morning", "nightly")
                .containsEntry(
                        "morning",
                        new Spec(
                                "0 9 * * 1-5",
                                "Europe/Berlin",
                                Misfire.ONCE,
                                WRITER,
                                null,
                                "Good\nmorning",
                                "{}",
                                false,
                                List.of(),
                                true))
                .containsEntry(
                        "nightly",
                        new Spec(
                                "every 30m",
                                "UTC",
                                Misfire.SKIP,
                                null,
                                "prospect_pipeline",
                                "",
                                "{\"source\":\"nightly\",\"limit\":1.50,\"deep\":[true,null,\"yes\"],"
                                        + "\"note\":\"a \\\"b\\\"\"}",
                                false,
                                List.of(),
                                false));
    }

    @Test
    void a_heartbeat_names_its_probes() {
        files.file("config/schedules.yaml", """
                schedules:
                  look:
                    schedule: every 15m
                    agent: writer
                    heartbeat: true
                    probes:
                      inbox: true
                      blackboard: ["tasks/*"]
                      http: [{url: "http://127.0.0.1:9/health?deep=1"}, {url: "https://api.example.com/", expect: 401}]
                """);
        assertThat(files.load().schedules().values())
                .singleElement()
                .extracting(Spec::probes)
                .isEqualTo(List.of(
                        new Schedule.PendingInbox(),
                        new Schedule.BlackboardMatch("tasks/*"),
                        new Schedule.HttpStatus("http://127.0.0.1:9/health?deep=1", 0),
                        new Schedule.HttpStatus("https://api.example.com/", 401)));
    }

    @Test
    void whatever_is_wrong_is_told_with_its_line_and_the_nearest() {
        files.file(
                        "config/workflows/a.yaml",
                        "name: prospect_pipeline\nsteps: [{id: a, agent: writer, task_type: t}]\n")
                .file("config/schedules.yaml", """
                schedules:
                  zero: {schedule: "*/0 * * * *", agent: writer}
                  late: {schedule: "61 * * * *", agent: writer}
                  still: {schedule: "every 0s", agent: writer}
                  never: {schedule: "0 0 31 2 *", agent: writer}
                  zone: {schedule: "0 0 * * *", zone: Europe/Berlino, agent: writer, misfire: twice}
                  gone: {schedule: "0 0 * * *", agent: writr}
                  flow: {schedule: "0 0 * * *", workflow: prospect_pipelin}
                  none: {schedule: "0 0 * * *"}
                  both: {schedule: "0 0 * * *", agent: writer, workflow: prospect_pipeline}
                  mixed: {schedule: "0 0 * * *", agent: writer, input: {a: 1}, probes: {inbox: true}}
                  beat: {schedule: "0 0 * * *", workflow: prospect_pipeline, heartbeat: true}
                  cron_1: {agent: writer, mesage: hello}
                  "a b": {schedule: "0 0 * * *", workflow: prospect_pipeline, input: {a: yes, b: 0x1F}}
                  web: {schedule: "0 0 * * *", agent: writer, heartbeat: true, probes: {http: [{url: "ftp://a", expect: 99}, {}], blackboard: ["[a"]}}
                jobs: {}
                """);
        assertThat(files.problems())
                .containsExactly(
                        at(2, "zero.schedule: must have a step of at least 1 in the minute field"),
                        at(
                                3,
                                "late.schedule: must have one of these in the minute field: *, 0 to 59, a range a-b, a step */n"
                                        + " or a-b/n, a list of these with commas"),
                        at(4, "still.schedule: must leave at least a second between runs: every 1s"),
                        at(5, "never.schedule: never fires: none of its months has a day of these numbers"),
                        at(6, "zone.zone: must be the IANA name of a time zone, such as UTC or Europe/Berlin"),
                        at(6, "zone.misfire: must be skip or once"),
                        at(7, "gone.agent: config/agents.yaml has no agent of this name; did you mean writer?"),
                        at(
                                8,
                                "flow.workflow: no workflow in config/workflows has this name; did you mean"
                                        + " prospect_pipeline?"),
                        at(
                                9,
                                "none: must have an agent, which gets the message, or a workflow, which runs; one of the two"),
                        at(
                                10,
                                "both: must have an agent, which gets the message, or a workflow, which runs; one of the two"),
                        at(11, "mixed.input: is of a workflow; an agent gets a message"),
                        at(11, "mixed.probes: are asked by a heartbeat; set heartbeat: true"),
                        at(12, "beat.heartbeat: wakes an agent; a workflow has none"),
                        at(13, "cron_1: must not begin with cron_, as jobs do that are made while the mesh runs"),
                        at(13, "cron_1.schedule: is missing"),
                        at(13, "cron_1.mesage: unknown key; did you mean message?"),
                        at(14, "a b: must be a name of 1 to 64 letters, digits, - and _, a letter or digit first"),
                        at(14, "a b.input: must be true or false, or a text in quotes"),
                        at(15, "web.probes.blackboard[0]: the pattern has a [ without its ]"),
                        at(15, "web.probes.http[0].expect: must be a whole number from 100 to 599"),
                        at(
                                15,
                                "web.probes.http[0].url: must be an http or https URL without user or fragment, such as"
                                        + " https://api.example.com/health"),
                        at(15, "web.probes.http[1].url: is missing"),
                        "config/schedules.yaml:16: jobs: unknown key; schedules may stand here");
    }

    private static String at(int line, String rest) {
        return "config/schedules.yaml:" + line + ": schedules." + rest;
    }

    @Test
    void what_is_too_long_is_told() {
        files.file("config/workflows/a.yaml", "name: w\nsteps: [{id: a, agent: writer, task_type: t}]\n")
                .file("config/schedules.yaml", """
                schedules:
                  talk: {schedule: every 1h, agent: writer, message: "%s"}
                  flow: {schedule: every 1h, workflow: w, input: {a: "%s"}}
                  look: {schedule: every 1h, agent: writer, heartbeat: true, probes: {blackboard: ["%s"]}}
                """.formatted("x".repeat(4097), "x".repeat(16 * 1024), "x".repeat(129)));
        assertThat(files.problems())
                .containsExactly(
                        at(2, "talk.message: must have at most 4096 characters"),
                        at(3, "flow.input: must have at most 16 KiB as JSON"),
                        at(4, "look.probes.blackboard[0]: the pattern must have at most 128 characters"));
    }

    @Test
    void without_the_file_or_with_an_empty_one_there_are_no_jobs() {
        assertThat(files.load().schedules()).isEmpty();
        files.file("config/schedules.yaml", "# nothing yet\n");
        assertThat(files.load().schedules()).isEmpty();
        files.file("config/schedules.yaml", "schedules: {}\n");
        assertThat(files.load().schedules()).isEmpty();
    }

    @Test
    void the_examples_of_the_first_configuration_are_right() throws Exception {
        String shipped = Files.readString(Path.of("conf/starter/schedules.yaml"));
        files.file(
                        "config/workflows/a.yaml",
                        "name: prospect_pipeline\nsteps: [{id: a, agent: assistant, task_type: t}]\n")
                .agents("agents: {assistant: {role: a, model: sim/small}}\n")
                .file("config/schedules.yaml", shipped);
        assertThat(files.load().schedules()).isEmpty();
        String examples = shipped.replace("schedules: {}", "schedules:");
        int start = examples.indexOf("schedules:\n");
        files.file(
                "config/schedules.yaml",
                examples.substring(0, start) + examples.substring(start).replaceAll("(?m)^# ?", ""));
        assertThat(files.load().schedules()).containsOnlyKeys("morning-report", "look-around", "nightly");
    }

    @Test
    void a_reading_without_agents_still_checks_the_shape() {
        files.agents("agents: [").file("config/schedules.yaml", "schedules: {a: {\n");
        assertThat(files.problems()).anyMatch(problem -> problem.startsWith("config/schedules.yaml:"));
        files.mesh("mesh: [");
        assertThat(files.problems()).anyMatch(problem -> problem.startsWith("config/schedules.yaml:"));
    }
}
