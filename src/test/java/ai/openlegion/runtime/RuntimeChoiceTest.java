package ai.openlegion.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.RuntimeChoice.Chosen;
import ai.openlegion.runtime.RuntimeChoice.Refused;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RuntimeChoiceTest {

    private static final AgentId A = new AgentId("a");
    private static final List<String> ORDER = List.of("docker-sandbox", "kata", "runsc");

    /// Asked for, present, whether docker may stand in for a sandbox; what is chosen, and whether less than asked.
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
            external | none                                     | no  | nothing        | no
            """)
    void each_kind_gets_what_it_asks_for_or_nothing(
            String asked, String present, String mayFallBack, String chosen, String isLowered) {
        RuntimeChoice choice = RuntimeChoice.of(
                Map.of(A, RuntimeKind.parse(asked).orElseThrow()),
                ORDER,
                mayFallBack.equals("yes"),
                lackingAllBut(present.split(" ")));
        if (chosen.equals("refused")) {
            assertThat(choice).isInstanceOf(Refused.class);
            return;
        }
        assertThat(choice).isInstanceOfSatisfying(Chosen.class, made -> {
            assertThat(made.runtimes()).isEqualTo(chosen.equals("nothing") ? Map.of() : Map.of(A, chosen));
            assertThat(made.lowered()).isEqualTo(isLowered.equals("yes") ? Set.of(A) : Set.of());
            assertThat(made.remarks()).hasSize(isLowered.equals("yes") || asked.equals("auto") ? 1 : 0);
        });
    }

    @Test
    void every_combination_gives_at_least_the_boundary_that_was_asked_for_unless_less_was_allowed() {
        Map<String, Boundary> boundaries = Map.of(
                "docker-sandbox",
                Boundary.HYPERVISOR,
                "kata",
                Boundary.HYPERVISOR,
                "runsc",
                Boundary.USER_SPACE_KERNEL,
                "docker",
                Boundary.SHARED_KERNEL,
                "process",
                Boundary.NONE);
        List<String> all = List.copyOf(new TreeMap<>(boundaries).keySet());
        int chosen = 0;
        for (int present = 0; present < 1 << all.size(); present++) {
            int bits = present;
            Map<String, String> lacking = lackingAllBut(all.stream()
                    .filter(name -> (bits & 1 << all.indexOf(name)) != 0)
                    .toArray(String[]::new));
            for (RuntimeKind kind : RuntimeKind.values()) {
                for (boolean mayFallBack : List.of(false, true)) {
                    if (RuntimeChoice.of(Map.of(A, kind), ORDER, mayFallBack, lacking) instanceof Chosen made
                            && made.runtimes().get(A) instanceof String runtime) {
                        chosen++;
                        Boundary least = switch (kind) {
                            case SANDBOX -> mayFallBack ? Boundary.SHARED_KERNEL : Boundary.USER_SPACE_KERNEL;
                            case DOCKER, AUTO -> Boundary.SHARED_KERNEL;
                            case PROCESS, EXTERNAL -> Boundary.NONE;
                        };
                        Boundary got = java.util.Objects.requireNonNull(boundaries.get(runtime));
                        assertThat(got).as("%s of %s", kind, lacking).isLessThanOrEqualTo(least);
                        assertThat(lacking.get(runtime)).isEmpty();
                        boolean isLess = kind == RuntimeKind.SANDBOX && got == Boundary.SHARED_KERNEL;
                        assertThat(made.lowered().contains(A)).isEqualTo(isLess);
                        if (isLess) {
                            assertThat(made.remarks())
                                    .singleElement()
                                    .asString()
                                    .startsWith("isolation is LOWERED: no sandbox was found");
                        }
                    }
                }
            }
        }
        assertThat(chosen).isGreaterThan(100);
    }

    @Test
    void a_refusal_names_what_was_looked_for_and_how_to_get_it_for_every_kind_at_once() {
        Map<AgentId, RuntimeKind> asked = new HashMap<>(Map.of(A, RuntimeKind.SANDBOX));
        asked.put(new AgentId("b"), RuntimeKind.SANDBOX);
        asked.put(new AgentId("c"), RuntimeKind.PROCESS);
        Map<String, String> lacking = new HashMap<>(Map.of(
                "docker-sandbox", "get Docker Desktop",
                "runsc", "apt-get install runsc",
                "docker", "",
                "process", "apt-get install util-linux"));
        assertThat(RuntimeChoice.of(asked, ORDER, false, lacking))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .containsExactlyInAnyOrder(
                                        "agents a, b cannot run with runtime sandbox: looked for docker-sandbox (get Docker"
                                                + " Desktop), kata (this version cannot run it), runsc (apt-get install"
                                                + " runsc); isolation is not lowered unless runtime.sandbox_fallback: docker"
                                                + " allows it",
                                        "agent c cannot run with runtime process: process (apt-get install util-linux)"));
        assertThat(RuntimeChoice.of(Map.of(A, RuntimeKind.SANDBOX), List.of(), false, lacking))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .singleElement()
                                .asString()
                                .contains("runtime.sandbox is an empty list"));
    }

    @Test
    void agents_of_several_kinds_each_get_their_own() {
        Map<AgentId, RuntimeKind> asked = Map.of(
                A,
                RuntimeKind.DOCKER,
                new AgentId("b"),
                RuntimeKind.SANDBOX,
                new AgentId("c"),
                RuntimeKind.PROCESS,
                new AgentId("d"),
                RuntimeKind.EXTERNAL,
                new AgentId("e"),
                RuntimeKind.AUTO);
        assertThat(RuntimeChoice.of(asked, ORDER, false, lackingAllBut("runsc", "docker", "process")))
                .isInstanceOfSatisfying(Chosen.class, made -> {
                    assertThat(made.runtimes())
                            .isEqualTo(Map.of(
                                    A,
                                    "docker",
                                    new AgentId("b"),
                                    "runsc",
                                    new AgentId("c"),
                                    "process",
                                    new AgentId("e"),
                                    "runsc"));
                    assertThat(made.remarks()).containsExactly("runtime auto chose runsc");
                });
    }

    @Test
    void only_what_can_be_chosen_is_asked() {
        assertThat(RuntimeChoice.toCheck(List.of(RuntimeKind.EXTERNAL), ORDER, true))
                .isEmpty();
        assertThat(RuntimeChoice.toCheck(List.of(RuntimeKind.PROCESS), ORDER, true))
                .containsExactly("process");
        assertThat(RuntimeChoice.toCheck(List.of(RuntimeKind.SANDBOX), ORDER, false))
                .containsExactlyElementsOf(ORDER);
        assertThat(RuntimeChoice.toCheck(List.of(RuntimeKind.SANDBOX), List.of("runsc"), true))
                .containsExactly("runsc", "docker");
        assertThat(RuntimeChoice.toCheck(List.of(RuntimeKind.AUTO, RuntimeKind.DOCKER), List.of("kata"), false))
                .containsExactly("kata", "docker");
    }

    private static Map<String, String> lackingAllBut(String... present) {
        Map<String, String> lacking = new HashMap<>();
        Stream.of("docker-sandbox", "kata", "runsc", "docker", "process")
                .forEach(name -> lacking.put(name, List.of(present).contains(name) ? "" : "get " + name));
        return lacking;
    }
}
