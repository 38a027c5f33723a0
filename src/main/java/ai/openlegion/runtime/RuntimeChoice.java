package ai.openlegion.runtime;

import ai.openlegion.fleet.RuntimeKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Which runtime takes the agents of a kind. A level of isolation that was asked for is never lowered
/// silently: where
/// it cannot be had nothing is chosen, or the operator has allowed less beforehand and is told.
public sealed interface RuntimeChoice {

    /// The runtime of hardened containers.
    String DOCKER = "docker";

    /// The runtime of child processes.
    String PROCESS = "process";

    /// A runtime was found.
    ///
    /// @param runtime as [AgentRuntime#name]
    /// @param isLowered whether it gives less than was asked for, because the operator allowed it; to be
    ///     audited
    /// @param remarks one sentence each, to be shown: what `auto` chose, what was lowered
    record Chosen(String runtime, boolean isLowered, List<String> remarks) implements RuntimeChoice {
        public Chosen {
            remarks = List.copyOf(remarks);
        }
    }

    /// Agents of this kind cannot be run here as asked.
    ///
    /// @param reason what was looked for, and how to get it
    record Refused(String reason) implements RuntimeChoice {}

    /// What must be asked whether it can run agents here, before [#of] can choose.
    ///
    /// @param kind any but [RuntimeKind#EXTERNAL]
    /// @param sandboxes in the order they are looked for
    /// @param mayFallBack whether the operator allowed hardened containers where no sandbox is found
    static List<String> toCheck(RuntimeKind kind, List<String> sandboxes, boolean mayFallBack) {
        List<String> names = new ArrayList<>();
        if (kind == RuntimeKind.SANDBOX || kind == RuntimeKind.AUTO) {
            names.addAll(sandboxes);
        }
        if (kind == RuntimeKind.PROCESS) {
            names.add(PROCESS);
        } else if (kind != RuntimeKind.SANDBOX || mayFallBack) {
            names.add(DOCKER);
        }
        return names;
    }

    /// Chooses.
    ///
    /// @param kind any but [RuntimeKind#EXTERNAL]
    /// @param sandboxes in the order they are looked for
    /// @param mayFallBack whether the operator allowed hardened containers where no sandbox is found
    /// @param lacking by runtime: empty = it can run agents here, else why not and how to get it; what is not
    ///     in it
    ///     is unknown to this version
    static RuntimeChoice of(
            RuntimeKind kind, List<String> sandboxes, boolean mayFallBack, Map<String, String> lacking) {
        String sandbox = sandboxes.stream()
                .filter(name -> isHere(lacking, name))
                .findFirst()
                .orElse("");
        return switch (kind) {
            case SANDBOX -> sandbox.isEmpty() ? withoutSandbox(sandboxes, mayFallBack, lacking) : chosen(sandbox);
            case AUTO -> auto(sandbox, sandboxes, lacking);
            case DOCKER ->
                isHere(lacking, DOCKER)
                        ? chosen(DOCKER)
                        : new Refused(
                                "agents with runtime docker cannot be run: " + looked(List.of(DOCKER), lacking)
                                        + "; for development without it there is runtime process, which is no security boundary");
            case PROCESS ->
                isHere(lacking, PROCESS)
                        ? chosen(PROCESS)
                        : new Refused(
                                "agents with runtime process cannot be run: " + looked(List.of(PROCESS), lacking));
            case EXTERNAL -> throw new IllegalArgumentException("the mesh does not run external agents");
        };
    }

    private static RuntimeChoice withoutSandbox(
            List<String> sandboxes, boolean mayFallBack, Map<String, String> lacking) {
        String what = "no sandbox was found; looked for " + looked(sandboxes, lacking);
        if (!mayFallBack) {
            return new Refused("agents with runtime sandbox cannot be run: " + what
                    + "; isolation is not lowered unless runtime.sandbox_fallback: docker allows it");
        }
        return isHere(lacking, DOCKER)
                ? new Chosen(
                        DOCKER,
                        true,
                        List.of("isolation is LOWERED: runtime.sandbox_fallback lets agents with runtime sandbox run in"
                                + " docker containers, which share the host's kernel, because " + what))
                : new Refused("agents with runtime sandbox cannot be run: " + what + "; and to fall back on, "
                        + looked(List.of(DOCKER), lacking));
    }

    private static RuntimeChoice auto(String sandbox, List<String> sandboxes, Map<String, String> lacking) {
        if (!sandbox.isEmpty()) {
            return new Chosen(sandbox, false, List.of("runtime auto chose " + sandbox));
        }
        return isHere(lacking, DOCKER)
                ? new Chosen(
                        DOCKER,
                        false,
                        List.of("runtime auto chose docker, as no sandbox was found: " + looked(sandboxes, lacking)))
                : new Refused("agents with runtime auto cannot be run: looked for " + looked(sandboxes, lacking) + ", "
                        + looked(List.of(DOCKER), lacking));
    }

    private static Chosen chosen(String runtime) {
        return new Chosen(runtime, false, List.of());
    }

    private static boolean isHere(Map<String, String> lacking, String runtime) {
        return lacking.getOrDefault(runtime, "unknown").isEmpty();
    }

    private static String looked(List<String> names, Map<String, String> lacking) {
        return names.isEmpty()
                ? "nothing, as runtime.sandbox is an empty list"
                : names.stream()
                        .map(name -> name + " (" + lacking.getOrDefault(name, "this version cannot run it") + ")")
                        .collect(Collectors.joining(", "));
    }
}
