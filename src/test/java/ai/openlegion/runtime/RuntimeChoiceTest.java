package ai.openlegion.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.runtime.RuntimeChoice.Chosen;
import ai.openlegion.runtime.RuntimeChoice.Refused;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RuntimeChoiceTest {

    private static final List<String> ORDER = List.of("docker-sandbox", "kata", "runsc");

    /// Asked for, present, whether docker may stand in for a sandbox; what is chosen, and whether it is less.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sandbox  | docker-sandbox kata runsc docker process | no  | docker-sandbox | no
            sandbox  | runsc kata docker                        | no  | kata           | no
            sandbox  | runsc docker                             | yes | runsc          | no
            sandbox  | docker process                           | no  | refused        | no
            sandbox  | docker process                           | yes | docker         | yes
            sandbox  | process                                  | yes | refused        | no
            auto     | runsc docker                             | no  | runsc          | no
            auto     | kata                                     | no  | kata           | no
            auto     | docker                                   | no  | docker         | no
            auto     | process                                  | yes | refused        | no
            docker   | docker runsc                             | no  | docker         | no
            docker   | runsc process                            | yes | refused        | no
            process  | docker process                           | no  | process        | no
            process  | docker runsc                             | yes | refused        | no
            """)
    void each_kind_gets_what_it_asks_for_or_nothing(
            String asked, String present, String mayFallBack, String runtime, String isLowered) {
        RuntimeChoice choice = RuntimeChoice.of(
                kind(asked), ORDER, mayFallBack.equals("yes"), lackingAllBut(List.of(present.split(" "))));
        if (runtime.equals("refused")) {
            assertThat(choice).isInstanceOf(Refused.class);
            return;
        }
        assertThat(choice).isInstanceOfSatisfying(Chosen.class, chosen -> {
            assertThat(chosen.runtime()).isEqualTo(runtime);
            assertThat(chosen.isLowered()).isEqualTo(isLowered.equals("yes"));
            assertThat(chosen.remarks()).hasSize(isLowered.equals("yes") || asked.equals("auto") ? 1 : 0);
        });
    }

    @Test
    void every_combination_gives_at_least_the_boundary_asked_for_unless_less_was_allowed_and_is_told() {
        Map<String, Boundary> boundaries = Map.of(
                "docker-sandbox", Boundary.HYPERVISOR,
                "kata", Boundary.HYPERVISOR,
                "runsc", Boundary.USER_SPACE_KERNEL,
                "docker", Boundary.SHARED_KERNEL,
                "process", Boundary.NONE);
        List<String> all = List.of("docker-sandbox", "kata", "runsc", "docker", "process");
        int chosen = 0;
        for (int present = 0; present < 1 << all.size(); present++) {
            int bits = present;
            List<String> here = all.stream()
                    .filter(name -> (bits & (1 << all.indexOf(name))) != 0)
                    .toList();
            for (RuntimeKind kind :
                    List.of(RuntimeKind.SANDBOX, RuntimeKind.AUTO, RuntimeKind.DOCKER, RuntimeKind.PROCESS)) {
                for (boolean mayFallBack : List.of(false, true)) {
                    if (RuntimeChoice.of(kind, ORDER, mayFallBack, lackingAllBut(here))
                            instanceof Chosen(String runtime, boolean isLowered, List<String> remarks)) {
                        chosen++;
                        Boundary least = leastOf(kind);
                        boolean isLess =
                                Objects.requireNonNull(boundaries.get(runtime)).compareTo(least) > 0;
                        assertThat(here).as("%s of %s", kind, here).contains(runtime);
                        assertThat(isLowered).as("%s of %s", kind, here).isEqualTo(isLess);
                        assertThat(isLess).isIn(false, mayFallBack);
                        if (isLess) {
                            assertThat(remarks).singleElement().asString().startsWith("isolation is LOWERED: ");
                        }
                    }
                }
            }
        }
        assertThat(chosen).isEqualTo(28 + 30 + 60 + 32 + 32);
    }

    private static Boundary leastOf(RuntimeKind kind) {
        return switch (kind) {
            case SANDBOX -> Boundary.USER_SPACE_KERNEL;
            case DOCKER, AUTO -> Boundary.SHARED_KERNEL;
            case PROCESS, EXTERNAL -> Boundary.NONE;
        };
    }

    @Test
    void a_refusal_names_what_was_looked_for_and_how_to_get_it() {
        Map<String, String> lacking = Map.of(
                "docker-sandbox", "get Docker Desktop",
                "runsc", "apt-get install runsc",
                "docker", "",
                "process", "apt-get install util-linux");
        assertThat(RuntimeChoice.of(RuntimeKind.SANDBOX, ORDER, false, lacking))
                .isEqualTo(
                        new Refused(
                                "agents with runtime sandbox cannot be run: no sandbox was found; looked for"
                                        + " docker-sandbox (get Docker Desktop), kata (this version cannot run it), runsc (apt-get"
                                        + " install runsc); isolation is not lowered unless runtime.sandbox_fallback: docker allows it"));
        assertThat(RuntimeChoice.of(RuntimeKind.PROCESS, ORDER, true, lacking))
                .isEqualTo(
                        new Refused("agents with runtime process cannot be run: process (apt-get install util-linux)"));
        assertThat(RuntimeChoice.of(RuntimeKind.SANDBOX, List.of(), false, lacking))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reason()).contains("runtime.sandbox is an empty list"));
        assertThat(RuntimeChoice.of(RuntimeKind.AUTO, ORDER, false, lacking))
                .isInstanceOfSatisfying(
                        Chosen.class,
                        chosen -> assertThat(chosen.remarks())
                                .containsExactly(
                                        "runtime auto chose docker, as no sandbox was found: docker-sandbox (get"
                                                + " Docker Desktop), kata (this version cannot run it), runsc (apt-get install runsc)"));
    }

    @Test
    void only_what_can_be_chosen_is_asked() {
        assertThat(RuntimeChoice.toCheck(RuntimeKind.PROCESS, ORDER, true)).containsExactly("process");
        assertThat(RuntimeChoice.toCheck(RuntimeKind.DOCKER, ORDER, true)).containsExactly("docker");
        assertThat(RuntimeChoice.toCheck(RuntimeKind.SANDBOX, ORDER, false)).containsExactlyElementsOf(ORDER);
        assertThat(RuntimeChoice.toCheck(RuntimeKind.SANDBOX, List.of("runsc"), true))
                .containsExactly("runsc", "docker");
        assertThat(RuntimeChoice.toCheck(RuntimeKind.AUTO, List.of("kata"), false))
                .containsExactly("kata", "docker");
    }

    private static RuntimeKind kind(String key) {
        return RuntimeKind.parse(key).orElseThrow();
    }

    private static Map<String, String> lackingAllBut(List<String> present) {
        Map<String, String> lacking = new HashMap<>();
        Stream.of("docker-sandbox", "kata", "runsc", "docker", "process")
                .forEach(name -> lacking.put(name, present.contains(name) ? "" : "get " + name));
        return lacking;
    }
}
