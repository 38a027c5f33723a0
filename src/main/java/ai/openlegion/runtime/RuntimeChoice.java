package ai.openlegion.runtime;

import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Which runtime each agent gets. A level of isolation that was asked for is never lowered silently: where it cannot be
/// had, nothing is chosen, or the operator has allowed less beforehand and is told.
public sealed interface RuntimeChoice {

    /// The runtime of hardened containers.
    String DOCKER = "docker";

    /// The runtime of child processes.
    String PROCESS = "process";

    /// Each agent that the mesh runs has a runtime.
    ///
    /// @param runtimes by agent, as [AgentRuntime#name]; agents that run elsewhere have none
    /// @param lowered agents that get less than was asked for, because the operator allowed it; to be audited
    /// @param remarks one sentence each, to be shown: what `auto` chose, what was lowered
    record Chosen(Map<AgentId, String> runtimes, Set<AgentId> lowered, List<String> remarks) implements RuntimeChoice {
        public Chosen {
            runtimes = Map.copyOf(runtimes);
            lowered = Set.copyOf(lowered);
            remarks = List.copyOf(remarks);
        }
    }

    /// Some agents cannot be run as asked.
    ///
    /// @param reasons one each: what was looked for, and how to get it
    record Refused(List<String> reasons) implements RuntimeChoice {
        public Refused {
            reasons = List.copyOf(reasons);
        }
    }

    /// What must be asked whether it can run agents here, before [#of] can choose.
    ///
    /// @param sandboxes in the order they are looked for
    static Set<String> toCheck(Collection<RuntimeKind> asked, List<String> sandboxes, boolean mayFallBack) {
        Set<String> names = new LinkedHashSet<>();
        for (RuntimeKind kind : asked) {
            switch (kind) {
                case SANDBOX -> {
                    names.addAll(sandboxes);
                    if (mayFallBack) {
                        names.add(DOCKER);
                    }
                }
                case AUTO -> {
                    names.addAll(sandboxes);
                    names.add(DOCKER);
                }
                case DOCKER -> names.add(DOCKER);
                case PROCESS -> names.add(PROCESS);
                case EXTERNAL -> {}
            }
        }
        return names;
    }

    /// Chooses.
    ///
    /// @param asked by agent, from its entry or the default
    /// @param sandboxes in the order they are looked for
    /// @param mayFallBack whether the operator allowed hardened containers where no sandbox is found
    /// @param lacking by runtime: empty = it can run agents here, else why not and how to get it; what is
    ///     not in it is unknown to this version
    static RuntimeChoice of(
            Map<AgentId, RuntimeKind> asked, List<String> sandboxes, boolean mayFallBack, Map<String, String> lacking) {
        Map<RuntimeKind, Set<AgentId>> byKind = new EnumMap<>(RuntimeKind.class);
        asked.forEach((agent, kind) ->
                byKind.computeIfAbsent(kind, _ -> new LinkedHashSet<>()).add(agent));
        String sandbox = sandboxes.stream()
                .filter(name -> isHere(lacking, name))
                .findFirst()
                .orElse("");
        Map<AgentId, String> runtimes = new LinkedHashMap<>();
        Set<AgentId> lowered = new LinkedHashSet<>();
        List<String> remarks = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        byKind.forEach((kind, agents) -> {
            String runtime = switch (kind) {
                case SANDBOX -> sandbox.isEmpty() && mayFallBack ? DOCKER : sandbox;
                case AUTO -> sandbox.isEmpty() ? DOCKER : sandbox;
                case DOCKER -> DOCKER;
                case PROCESS -> PROCESS;
                case EXTERNAL -> "";
            };
            if (kind == RuntimeKind.EXTERNAL) {
                return;
            }
            if (!isHere(lacking, runtime)) {
                refusals.add(refusal(kind, agents, sandboxes, mayFallBack, lacking));
                return;
            }
            agents.forEach(agent -> runtimes.put(agent, runtime));
            if (kind == RuntimeKind.AUTO) {
                remarks.add("runtime auto chose " + runtime
                        + (sandbox.isEmpty() ? ", as no sandbox was found: " + looked(sandboxes, lacking) : ""));
            } else if (kind == RuntimeKind.SANDBOX && sandbox.isEmpty()) {
                lowered.addAll(agents);
                remarks.add("isolation is LOWERED: no sandbox was found, and runtime.sandbox_fallback lets "
                        + named(agents) + " run in docker containers, which share the host's kernel; looked for "
                        + looked(sandboxes, lacking));
            }
        });
        return refusals.isEmpty() ? new Chosen(runtimes, lowered, remarks) : new Refused(refusals);
    }

    private static boolean isHere(Map<String, String> lacking, String runtime) {
        return lacking.getOrDefault(runtime, "unknown").isEmpty();
    }

    private static String refusal(
            RuntimeKind kind,
            Set<AgentId> agents,
            List<String> sandboxes,
            boolean mayFallBack,
            Map<String, String> lacking) {
        String who = named(agents) + " cannot run with runtime " + kind.key() + ": ";
        return switch (kind) {
            case SANDBOX ->
                mayFallBack
                        ? who + "looked for " + looked(sandboxes, lacking) + "; and to fall back on, "
                                + looked(List.of(DOCKER), lacking)
                        : who + "looked for " + looked(sandboxes, lacking)
                                + "; isolation is not lowered unless runtime.sandbox_fallback: docker allows it";
            case AUTO -> who + "looked for " + looked(sandboxes, lacking) + "; and " + looked(List.of(DOCKER), lacking);
            case DOCKER ->
                who + looked(List.of(DOCKER), lacking)
                        + "; for development without it there is runtime process, which is no security boundary";
            case PROCESS -> who + looked(List.of(PROCESS), lacking);
            case EXTERNAL -> throw new IllegalArgumentException("external agents need no runtime");
        };
    }

    private static String looked(List<String> names, Map<String, String> lacking) {
        return names.isEmpty()
                ? "no kind of sandbox (runtime.sandbox is an empty list)"
                : names.stream()
                        .map(name -> name + " (" + lacking.getOrDefault(name, "this version cannot run it") + ")")
                        .collect(Collectors.joining(", "));
    }

    /* A fleet may have thousands. */
    private static String named(Set<AgentId> agents) {
        Set<String> names = agents.stream().map(AgentId::value).collect(Collectors.toCollection(TreeSet::new));
        return names.size() > 5
                ? names.size() + " agents"
                : (names.size() == 1 ? "agent " : "agents ") + String.join(", ", names);
    }
}
