package ai.openlegion.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Grants;
import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs beside the real owners of tasks, inboxes, the blackboard and the accounts.
@Timeout(120)
final class WorkflowVerticleTest {

    @TempDir
    private Path folder;

    private final RunRig.MovedClock clock = new RunRig.MovedClock();
    private final RigAgents agents = new RigAgents("one", "two", "three");
    private RunRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = new RunRig(folder.resolve("mesh.db"), clock, agents);
    }

    private void start(String... definitions) throws Exception {
        rig.configure(definitions);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void a_diamond_runs_in_order_and_hands_on_what_was_found() throws Exception {
        start(Yarn.of("diamond")
                .step("a", "one", List.of(), "")
                .step("b", "one", List.of("a"), "")
                .step("c", "two", List.of("a"), ",\"input_from\":\"a.result.by\"")
                .step("d", "one", List.of("b", "c"), "")
                .text());
        String id = rig.started("diamond", "{\"lead\": \"acme\"}");
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(agents.runs()).isEqualTo(Map.of("a", 1L, "b", 1L, "c", 1L, "d", 1L));
        assertThat(agents.given(id + ":a:1").raw("input_data")).isEqualTo("{\"lead\": \"acme\"}");
        assertThat(agents.given(id + ":c:1").raw("input_data")).isEqualTo("{\"value\":\"a\"}");
        assertThat(agents.given(id + ":d:1").raw("context"))
                .contains("\"execution_id\":\"" + id + "\"", "\"b\":{\"by\":\"b\"}", "\"c\":{\"by\":\"c\"}")
                .doesNotContain("\"a\"");
        assertThat(agents.given(id + ":d:1").string("workflow_id")).isEqualTo(id);

        List<Workflows.RunEvent> events = rig.events(id, 0);
        assertThat(events)
                .extracting(Workflows.RunEvent::name)
                .startsWith("run.started")
                .endsWith("run.finished");
        assertThat(events).extracting(Workflows.RunEvent::seq).isSorted().doesNotHaveDuplicates();
        RunRig.until(() -> rig.happened.size() == events.size());
        assertThat(rig.happened).isEqualTo(events);
        assertThat(rig.events(id, events.get(3).seq())).isEqualTo(events.subList(4, events.size()));
        RunRig.until(() -> rig.audited.contains("mesh workflow.end " + id + " complete"));
        assertThat(rig.audited)
                .contains(
                        "operator workflow.run " + id + " allowed",
                        "mesh workflow.dispatch " + id + ":d:1 allowed",
                        "mesh workflow.end " + id + " complete");
    }

    @Test
    void an_input_comes_from_the_blackboard_as_its_agent_may_read_it() throws Exception {
        agents.allow("one", List.of("context/*"), List.of());
        String from = ",\"input_from\":\"blackboard://context/prospect_{lead}\"";
        start(
                Yarn.of("mine").step("a", "one", List.of(), from).text(),
                Yarn.of("theirs")
                        .step("a", "two", List.of(), from + ",\"on_failure\":\"retry\"")
                        .text());
        assertThat(rig.put("three", "context/prospect_acme", "{\"size\":5}")).isInstanceOf(Blackboard.Stored.class);
        assertThat(rig.put("three", "context/prospect_7", "{\"size\":7}")).isInstanceOf(Blackboard.Stored.class);

        String id = rig.started("mine", "{\"lead\":\"acme\"}");
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(agents.given(id + ":a:1").raw("input_data")).isEqualTo("{\"size\":5}");
        assertThat(agents.given(id + ":a:1").raw("context")).doesNotContain("size");
        String number = rig.started("mine", "{\"lead\":7}");
        assertThat(rig.ended(number).status()).isEqualTo("complete");
        assertThat(agents.given(number + ":a:1").raw("input_data")).isEqualTo("{\"size\":7}");
        String missing = rig.started("mine", "{\"lead\":\"nobody\"}");
        assertThat(rig.ended(missing).status()).isEqualTo("complete");
        assertThat(agents.given(missing + ":a:1").raw("input_data")).isEqualTo("{}");

        int before = agents.ran().size();
        String denied = rig.started("theirs", "{\"lead\":\"acme\"}");
        Workflows.RunView view = rig.ended(denied);
        assertThat(view.status()).isEqualTo("failed");
        assertThat(view.steps().getFirst().error()).isEqualTo("Agent two cannot read context/prospect_acme");
        assertThat(agents.ran()).as("nobody is asked, nor again").hasSize(before);
        RunRig.until(() -> rig.audited.contains("two blackboard.read context/prospect_acme denied"));
    }

    @Test
    void a_variable_of_the_payload_cannot_leave_its_segment() throws Exception {
        agents.allow("one", List.of("*"), List.of());
        start(Yarn.of("key")
                .step("a", "one", List.of(), ",\"input_from\":\"blackboard://context/{lead}\"")
                .text());
        for (String lead : List.of(
                "\"..\"",
                "\".\"",
                "\"a/b\"",
                "\"../secret\"",
                "\"\"",
                "\"{lead}\"",
                "\"a%2fb\"",
                "\"a b\"",
                "\"a\\u0000\"",
                "\"a\\\\b\"",
                "\"" + "x".repeat(129) + "\"",
                "null",
                "1.5",
                "{}",
                "[\"a\"]")) {
            String id = rig.started("key", "{\"lead\":" + lead + "}");
            assertThat(rig.ended(id).status()).as(lead).isEqualTo("failed");
        }
        assertThat(rig.ended(rig.started("key", "{}")).status()).isEqualTo("failed");
        assertThat(agents.ran()).isEmpty();
    }

    @Test
    void what_a_result_promotes_is_written_by_its_agents_own_permissions_before_the_step_is_over() throws Exception {
        agents.allow("one", List.of(), List.of("out/*")).allow("two", List.of("out/*"), List.of());
        agents.doing(task -> task.step().equals("a")
                ? RigAgents.promoting(
                        task, "{\"out/one\":{\"n\":1},\"out/two\":2,\"secret/x\":{},\"../y\":{},\"history\":[1]}")
                : RigAgents.complete(task, "{}"));
        start(Yarn.of("promote")
                .step("a", "one", List.of(), "")
                .step("b", "two", List.of("a"), ",\"input_from\":\"blackboard://out/one\"")
                .text());
        String id = rig.started("promote", "{}");
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(agents.given(id + ":b:1").raw("input_data")).isEqualTo("{\"n\":1}");
        assertThat(rig.board("out/two")).isEqualTo("{\"value\":2}");
        assertThat(rig.board("secret/x")).isNull();
        assertThat(rig.board("history")).isNull();
        var entry = (Blackboard.Present) RunRig.await(rig.bus.ask(Blackboard.GET, new Blackboard.Get("out/one")));
        assertThat(entry.entry().writtenBy()).isEqualTo("one");
        assertThat(entry.entry().workflowId()).isEqualTo(id);
        String finished = rig.events(id, 0).stream()
                .filter(event -> event.name().equals("step.finished"))
                .findFirst()
                .orElseThrow()
                .data();
        assertThat(finished).contains("\"refused_promotions\":", "Agent one cannot write secret/x", "../y");
        RunRig.until(() -> rig.audited.contains("one blackboard.write secret/x denied"));
        assertThat(rig.audited).contains("one blackboard.write out/one allowed");
    }

    @Test
    void each_policy_makes_its_exact_number_of_dispatches_with_its_delays() throws Exception {
        agents.doing(task -> (task.step().equals("retry") && task.attempt() == 4)
                        || task.agent().equals("three")
                ? RigAgents.complete(task, "{}")
                : RigAgents.failed(task));
        start(
                Yarn.of("retrying")
                        .step("retry", "one", List.of(), ",\"on_failure\":\"retry\"")
                        .text(),
                Yarn.of("falling")
                        .step("fall", "one", List.of(), ",\"on_failure\":\"fallback\",\"fallback_agent\":\"three\"")
                        .text(),
                Yarn.of("skipping")
                        .step("skip", "one", List.of(), ",\"on_failure\":\"skip\"")
                        .step("next", "three", List.of("skip"), ",\"input_from\":\"skip\"")
                        .text(),
                Yarn.of("aborting")
                        .step("abort", "one", List.of(), "")
                        .step("next", "three", List.of("abort"), "")
                        .text());
        String id = rig.started("retrying", "{}");
        for (int attempt = 2; attempt <= 4; attempt++) {
            int wanted = attempt - 1;
            RunRig.until(() -> agents.ran().size() == wanted
                    && rig.step(id, "retry").status().equals("retrying"));
            clock.advance(Duration.ofMillis(1000L << (attempt - 2)));
        }
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(agents.ran()).containsExactly(id + ":retry:1", id + ":retry:2", id + ":retry:3", id + ":retry:4");

        String falling = rig.started("falling", "{}");
        assertThat(rig.ended(falling).status()).isEqualTo("complete");
        assertThat(rig.step(falling, "fall").agent()).isEqualTo("three");
        String skipping = rig.started("skipping", "{}");
        assertThat(rig.ended(skipping).status()).isEqualTo("complete");
        assertThat(agents.given(skipping + ":next:1").raw("input_data"))
                .isEqualTo("{\"skipped\":true,\"reason\":\"step_failed\"}");
        String aborting = rig.started("aborting", "{}");
        assertThat(rig.ended(aborting).status()).isEqualTo("failed");
        assertThat(agents.runs()).isEqualTo(Map.of("retry", 4L, "fall", 2L, "skip", 1L, "abort", 1L, "next", 1L));
    }

    @Test
    void a_fan_out_is_bounded_and_collects_in_order() throws Exception {
        agents.doing(task -> task.step().equals("list")
                ? RigAgents.complete(task, "{\"items\":[3,1,2]}")
                : RigAgents.complete(task, String.valueOf(task.members().raw("input_data"))));
        start(Yarn.of("fan")
                .step("list", "one", List.of(), "")
                .step("each", "two", List.of("list"), ",\"for_each\":\"list.result.items\",\"max_parallel\":2")
                .text());
        String id = rig.started("fan", "{}");
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(rig.step(id, "each").result())
                .isEqualTo("[{\"item\":3,\"index\":0,\"count\":3},{\"item\":1,\"index\":1,\"count\":3},"
                        + "{\"item\":2,\"index\":2,\"count\":3}]");
        assertThat(rig.step(id, "each").items()).isEqualTo(3);
    }

    @Test
    void a_topic_starts_a_run_before_its_publisher_is_answered_and_the_end_is_published() throws Exception {
        start(
                Yarn.of("on")
                        .with(",\"trigger\":\"new_lead\",\"on_complete\":\"lead_done\"")
                        .step("a", "one", List.of(), "")
                        .text(),
                Yarn.of("after")
                        .with(",\"trigger\":\"lead_done\"")
                        .step("b", "two", List.of(), "")
                        .text());
        agents.allow("three", List.of(), List.of());
        var _ = RunRig.await(
                rig.bus.ask(Messaging.SUBSCRIBE, new Messaging.Subscribe(new AgentId("two"), "lead_done")));
        assertThat(rig.publish("three", "other", "{}")).isInstanceOf(Messaging.Delivered.class);
        var published = (Messaging.Delivered) rig.publish("three", "new_lead", "\"acme\"");
        assertThat(published.notified()).isZero();
        var runs = RunRig.await(rig.bus.ask(Workflows.LIST, new Workflows.ListRuns("on", null, null, 10)))
                .runs();
        assertThat(runs).hasSize(1);
        assertThat(runs.getFirst().startedBy()).isEqualTo("topic new_lead from three");
        String id = runs.getFirst().id();
        assertThat(rig.ended(id).input()).isEqualTo("{\"value\":\"acme\"}");
        RunRig.until(() -> agents.runs().containsKey("b"));
        assertThat(agents.ran().getLast()).contains(":b:");
    }

    @Test
    void the_end_of_a_run_is_in_its_subscribers_inbox_once_it_is_stored() throws Exception {
        agents.grants.put(
                "two",
                new Grants(
                        List.of(),
                        List.of(),
                        List.of("done"),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        false,
                        false));
        start(Yarn.of("ends")
                .with(",\"on_complete\":\"done\"")
                .step("a", "one", List.of(), "")
                .text());
        var _ = RunRig.await(rig.bus.ask(Messaging.SUBSCRIBE, new Messaging.Subscribe(new AgentId("two"), "done")));
        String id = rig.started("ends", "{}");
        RunRig.until(() -> rig.items("two").size() == 1);
        Inbox.Item item = rig.items("two").getFirst();
        assertThat(item.topic()).isEqualTo("done");
        assertThat(item.from()).isEqualTo("mesh");
        assertThat(item.payload())
                .contains(
                        "\"execution_id\":\"" + id + "\"",
                        "\"status\":\"complete\"",
                        "\"results\":{\"a\":{\"by\":\"a\"}}");
    }

    @Test
    void a_definition_that_changes_does_not_touch_a_run_under_way() throws Exception {
        agents.doing(task -> task.step().equals("a") ? null : RigAgents.complete(task, "{}"));
        start(Yarn.of("flow")
                .step("a", "one", List.of(), "")
                .step("b", "one", List.of("a"), "")
                .text());
        String id = rig.started("flow", "{}");
        RunRig.until(() -> agents.ran().size() == 1);
        rig.configure(Yarn.of("flow")
                .step("a", "one", List.of(), "")
                .step("other", "two", List.of("a"), "")
                .text());
        agents.tell(id + ":a:1", "{\"task_id\":\"" + id + ":a:1\",\"status\":\"complete\",\"result\":{}}");
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(agents.runs()).isEqualTo(Map.of("a", 1L, "b", 1L));
        rig.configure();
        assertThat(rig.run("flow", "{}")).isInstanceOf(Workflows.Unknown.class);
        String repeated =
                switch (RunRig.await(rig.bus.ask(Workflows.RERUN, new Workflows.Rerun(id, "b", "operator")))) {
                    case Workflows.Started(String run) -> run;
                    case Workflows.RunOutcome other -> throw new AssertionError(other);
                };
        assertThat(rig.ended(repeated).rerunOf()).isEqualTo(id);
        assertThat(agents.runs()).as("what is taken over is not run again").isEqualTo(Map.of("a", 1L, "b", 2L));
    }

    @Test
    void a_capability_is_done_by_who_offers_it_and_waited_for_while_nobody_does() throws Exception {
        start(Yarn.of("any")
                .step("a", "", List.of(), ",\"capability\":\"draw\",\"timeout\":30")
                .text());
        String id = rig.started("any", "{}");
        RunRig.until(() -> rig.step(id, "a").status().equals("pending"));
        var _ = RunRig.await(rig.bus.ask(
                Messaging.REGISTER, new Messaging.Register(new AgentId("two"), List.of("draw"), 0, List.of())));
        assertThat(rig.ended(id).status()).isEqualTo("complete");
        assertThat(rig.step(id, "a").agent()).isEqualTo("two");
        rig.configure(Yarn.of("none")
                .step("a", "", List.of(), ",\"capability\":\"sing\",\"timeout\":30")
                .text());
        String nobody = rig.started("none", "{}");
        clock.advance(Duration.ofSeconds(31));
        assertThat(rig.ended(nobody).status()).isEqualTo("failed");
        assertThat(rig.step(nobody, "a").error()).isEqualTo("no ready agent offers sing");
    }

    @Test
    void runs_are_bounded_refused_in_words_and_forgotten_when_old() throws Exception {
        agents.doing(_ -> null);
        start(Yarn.of("open").step("a", "one", List.of(), "").text());
        assertThat(rig.run("nothing", "{}")).isInstanceOf(Workflows.Unknown.class);
        assertThat(rig.run("open", "[]")).isInstanceOf(Workflows.Refused.class);
        assertThat(rig.run("open", "{\"a\":")).isInstanceOf(Workflows.Refused.class);
        String first = rig.started("open", "{}");
        for (int run = 1; run < RunRig.SETTINGS.running(); run++) {
            var _ = rig.started("open", "{}");
        }
        assertThat(rig.run("open", "{}")).isEqualTo(new Workflows.TooMany(RunRig.SETTINGS.running()));
        assertThat(rig.cancel(first).outcome()).isEqualTo(Workflows.Outcome.DONE);
        assertThat(rig.ended(first).status()).isEqualTo("cancelled");
        assertThat(rig.run("open", "{}")).isInstanceOf(Workflows.Started.class);
        var page = RunRig.await(rig.bus.ask(Workflows.LIST, new Workflows.ListRuns("open", "cancelled", null, 10)));
        assertThat(page.runs()).extracting(Workflows.RunLine::id).containsExactly(first);
        clock.advance(Duration.ofMillis(RunRig.SETTINGS.keepMillis() + 1));
        rig = rig.restart();
        assertThat(RunRig.await(rig.bus.ask(Workflows.READ, new Workflows.Read(first)))
                        .run())
                .isNull();
        assertThat(RunRig.await(rig.bus.ask(Workflows.EVENTS, new Workflows.ReadEvents(first, 0)))
                        .isKnown())
                .isFalse();
    }
}
