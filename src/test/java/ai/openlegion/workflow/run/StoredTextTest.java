package ai.openlegion.workflow.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.PlainJson;
import ai.openlegion.workflow.model.Condition;
import ai.openlegion.workflow.model.FanOut;
import ai.openlegion.workflow.model.InputFrom;
import ai.openlegion.workflow.model.Malformed;
import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.ResultPath;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.model.WorkflowJson;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is stored of a run is read back as it was.
final class StoredTextTest {

    private static final String ODD = "a\n\"\\\u0000\u2028é\uD83D\uDE00{}";

    static List<Transition> transitions() {
        return List.of(
                new Transition.Begun("flow", "{\"n\":1.50}", "topic x from operator", "wf_1"),
                new Transition.Begun("flow", "{}", "operator", null),
                new Transition.TakenOver("a", StepStatus.COMPLETE, null, "[1,2]"),
                new Transition.TakenOver("a", StepStatus.SKIPPED, "condition_not_met", null),
                new Transition.Waiting("a", ODD, "d", Long.MAX_VALUE),
                new Transition.Decided("a", true, "operator", ODD),
                new Transition.Decided("a", false, "operator", ""),
                new Transition.FannedOut("a", 0),
                new Transition.AttemptBegun("a", -1, 1, "wf_1:a:1", new AgentId("ann"), false),
                new Transition.AttemptBegun("a", 999, 61, "wf_1:a:999:61", new AgentId("ann"), true),
                new Transition.AttemptEnded("t", "complete", ODD, null, "", 0, 0),
                new Transition.AttemptEnded("t", "failed", null, ODD, ODD, Long.MAX_VALUE, Long.MIN_VALUE),
                new Transition.Unprepared("a", -1, ODD),
                new Transition.RetryPlanned("a", 3, 2, 1_800_000_000_000L),
                new Transition.Skipped("a", "dependency_failed"),
                new Transition.StepEnded("a", StepStatus.TIMEOUT, "timeout", ODD),
                new Transition.StepEnded("a", StepStatus.COMPLETE, null, null),
                new Transition.Stopping(RunStatus.CANCELLED, "cancelled by operator"),
                new Transition.Announced(),
                new Transition.Ended(RunStatus.COMPLETE, ""));
    }

    @ParameterizedTest
    @MethodSource("transitions")
    void every_transition_is_read_back_as_it_was(Transition transition) {
        assertThat(TransitionJson.read(TransitionJson.write(transition))).isEqualTo(transition);
    }

    @Test
    void every_kind_of_transition_is_among_them() {
        assertThat(transitions()).extracting(Object::getClass).contains(Transition.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "{\"t\":\"other\"}", "{\"t\":\"skipped\"}", "{\"t\":\"begun\"", "1 2"})
    void another_text_is_refused(String text) {
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> TransitionJson.read(text));
    }

    @Test
    void a_definition_is_read_back_with_its_lines() throws Malformed {
        var full = new Step(
                "full",
                17,
                null,
                "write",
                "draft",
                List.of("first"),
                InputFrom.parse("blackboard://context/{lead}"),
                1,
                Condition.parse("first.score > 0.7"),
                OnFailure.FALLBACK,
                7,
                new AgentId("bob"),
                true,
                2,
                20_000L,
                Long.MAX_VALUE,
                new FanOut(ResultPath.parse("first.result.list[0]"), 64));
        var plain = new Step(
                "first",
                3,
                new AgentId("ann"),
                null,
                "x",
                List.of(),
                new InputFrom.Unsaid(),
                120,
                null,
                OnFailure.ABORT,
                3,
                null,
                false,
                3600,
                null,
                null,
                null);
        var explicit = new Step(
                "third",
                9,
                new AgentId("ann"),
                null,
                "x",
                List.of("first"),
                InputFrom.parse("first.result"),
                120,
                null,
                OnFailure.RETRY,
                0,
                null,
                false,
                3600,
                null,
                0L,
                null);
        for (Workflow workflow : List.of(
                new Workflow("a", "f.yaml", "new_lead", "every 30m", 600, "done", 1L, List.of(plain, full, explicit)),
                new Workflow("b", "", null, null, 1, null, null, List.of()))) {
            String text = WorkflowJson.write(workflow);
            assertThat(WorkflowJson.read(text)).isEqualTo(workflow);
            assertThat(text).doesNotContain("\n");
        }
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> WorkflowJson.read("{}"));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> WorkflowJson.read("{\"name\":\"a\",\"file\":\"f\",\"timeout\":1,\"steps\":[1]}"));
    }

    @Test
    void plain_values_keep_every_digit_and_character() {
        String text = "{\"a\":[1,1.10,-0.5E+3,123456789012345678901234567890,true,false,null],\"\":{\"x\":\"é\\n\"}}";
        assertThat(PlainJson.write(PlainJson.read(text))).isEqualTo(text.replace("-0.5E+3", "-5E+2"));
        assertThat(PlainJson.read("1e99999999999")).isNull();
        assertThat(PlainJson.read("[".repeat(256) + "]".repeat(256))).isNotNull();
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> PlainJson.read("[".repeat(257) + "]".repeat(257)));
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> PlainJson.write(new Object()));
    }

    @Test
    void what_does_not_follow_is_refused() {
        Run run = Run.of("wf_1", Flow.flow().with(Flow.step("a")).build());
        var skipped = new Transition.Skipped("a", "x");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> run.apply(new Stored(1, 1, skipped)));
        run.apply(new Stored(1, 1, new Transition.Begun("flow", "{}", "operator", null)));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> run.apply(new Stored(1, 1, skipped)));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> run.apply(new Stored(2, 1, new Transition.Skipped("nowhere", "x"))));
    }
}
