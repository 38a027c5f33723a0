package ai.openlegion.workflow.model;

import static ai.openlegion.workflow.run.Flow.flow;
import static ai.openlegion.workflow.run.Flow.step;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.json.PlainJson;
import ai.openlegion.workflow.model.KeyTemplate.Filled;
import ai.openlegion.workflow.model.KeyTemplate.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The graph, and the keys that its steps read.
final class DagTest {

    @Test
    void a_cycle_is_named_by_its_path() {
        assertThat(cycle(step("a", "b"), step("b", "c"), step("c", "a"))).isEqualTo("b -> c -> a");
        assertThat(cycle(step("a", "a"))).isEqualTo("a -> a");
        assertThat(cycle(step("x"), step("y", "x", "q"), step("q", "y"), step("z", "q")))
                .isEqualTo("q -> y");
        assertThat(cycle(step("a"), step("b", "a"), step("c", "a", "b"))).isEqualTo("");
        assertThat(cycle(step("a", "missing"))).isEqualTo("");
    }

    private static String cycle(ai.openlegion.workflow.run.Flow.Part... parts) {
        return Dag.of(java.util.stream.Stream.of(parts)
                        .map(part -> part.build())
                        .toList())
                .cycle()
                .orElse("");
    }

    @Test
    void it_knows_what_comes_before_and_after() {
        Dag dag = Dag.of(flow().with(step("d", "b", "c"))
                .with(step("a"))
                .with(step("b", "a"))
                .with(step("c", "a"))
                .with(step("e"))
                .build()
                .steps());
        assertThat(dag.ancestors("d")).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(dag.ancestors("a")).isEmpty();
        assertThat(dag.descendants("a")).containsExactlyInAnyOrder("b", "c", "d");
        assertThat(dag.descendants("nowhere")).isEmpty();
        assertThat(dag.levels()).containsExactly(List.of("a", "e"), List.of("b", "c"), List.of("d"));
    }

    @Test
    void a_chain_of_ten_thousand_steps_is_no_burden() {
        var flow = flow().with(step("s0"));
        for (int i = 1; i < 10_000; i++) {
            flow = flow.with(step("s" + i, "s" + (i - 1)));
        }
        Dag dag = Dag.of(flow.build().steps());
        assertThat(dag.cycle()).isEmpty();
        assertThat(dag.ancestors("s9999")).hasSize(9_999);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"..\"}",
                "{\"id\":\".\"}",
                "{\"id\":\"a/b\"}",
                "{\"id\":\"../x\"}",
                "{\"id\":\"a%2fb\"}",
                "{\"id\":\"a\\u0000\"}",
                "{\"id\":\"a b\"}",
                "{\"id\":\"*\"}",
                "{\"id\":\"\"}",
                "{\"id\":\"é\"}",
                "{\"id\":null}",
                "{\"id\":[]}",
                "{\"id\":{}}",
                "{\"id\":1.5}",
                "{\"id\":1e999999999}",
                "{\"id\":1e200}",
                "{\"other\":1}"
            })
    void a_variable_cannot_leave_its_segment(String input) throws Malformed {
        assertThat(KeyTemplate.parse("context/prospect_{id}").fill(PlainJson.readObject(input)))
                .isInstanceOf(Refused.class);
    }

    @Test
    void a_key_is_filled_with_strings_whole_numbers_and_booleans() throws Malformed {
        var input = PlainJson.readObject("{\"a\":\"Al.B@c+d-e_1\",\"n\":42,\"b\":true,\"m\":\"" + "x".repeat(128)
                + "\",\"o\":\"" + "x".repeat(129) + "\"}");
        assertThat(KeyTemplate.parse("x/{a}/{n}-{b}").fill(input)).isEqualTo(new Filled("x/Al.B@c+d-e_1/42-true"));
        assertThat(KeyTemplate.parse("{m}").fill(input)).isInstanceOf(Filled.class);
        assertThat(KeyTemplate.parse("{o}").fill(input)).isInstanceOf(Refused.class);
        assertThat(KeyTemplate.parse("plain").fill(input)).isEqualTo(new Filled("plain"));
    }
}
