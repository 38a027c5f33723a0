package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How large and how deep a file of `config/workflows` may be.
final class WorkflowBoundsTest {

    @TempDir
    private Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder);
    }

    @Test
    void a_file_beyond_the_bounds_is_a_mistake_and_no_more() {
        String step = "  - {id: a%d, agent: writer, task_type: t}\n";
        workflow("name: w\nsteps:\n"
                + IntStream.range(0, 257).mapToObj(step::formatted).collect(Collectors.joining()));
        files.file("config/workflows/b.yaml", "name: b\nsteps: " + "[".repeat(5_000));
        assertThat(files.problems())
                .containsExactly(
                        "config/workflows/a.yaml:2: steps: must have at most 256 steps",
                        "config/workflows/b.yaml: is nested too deeply, or repeats too many aliases");
    }

    @Test
    void a_condition_of_a_megabyte_or_of_many_levels_is_a_mistake_and_no_more() {
        workflow("""
                name: w
                steps:
                  - {id: a, agent: writer, task_type: t}
                  - {id: b, agent: writer, task_type: t, depends_on: [a], condition: "%s"}
                  - {id: c, agent: writer, task_type: t, depends_on: [a], condition: "%s"}
                """.formatted("a.x == 1 and ".repeat(80_000) + "a.x == 1", "(".repeat(1_000) + "a.x == 1"));
        assertThat(files.problems())
                .containsExactly(
                        "config/workflows/a.yaml:4: steps.b.condition: is malformed: a condition may have at most 4096"
                                + " characters",
                        "config/workflows/a.yaml:5: steps.c.condition: is malformed: character 33: nested deeper than 32"
                                + " levels");
    }

    @Test
    void the_longest_chain_and_the_densest_graph_are_read() {
        String dense = IntStream.range(0, 256)
                .mapToObj(i -> "  - {id: a%d, agent: writer, task_type: t, depends_on: [%s]}\n"
                        .formatted(
                                i, IntStream.range(0, i).mapToObj(j -> "a" + j).collect(Collectors.joining(","))))
                .collect(Collectors.joining());
        workflow("name: w\nsteps:\n" + dense);
        assertThat(files.load().workflows().getFirst().steps()).hasSize(256);
        workflow("name: w\nsteps:\n"
                + dense.replace(
                        "id: a0, agent: writer, task_type: t, depends_on: []",
                        "id: a0, agent: writer, task_type: t, depends_on: [a255]"));
        assertThat(files.problems()).isNotEmpty().allMatch(problem -> problem.contains("depends_on: is a cycle: "));
    }

    private void workflow(String text) {
        files.file("config/workflows/a.yaml", text);
    }
}
