package ai.openlegion.config;

import ai.openlegion.acl.Glob;
import ai.openlegion.acl.Grants;
import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The reading of `permissions.json`. A mistake never widens anything: it is a problem, and the file is refused.
final class PermissionReader {

    private final Set<AgentId> agents;
    private final Set<String> services;
    private final WorkflowNames workflows;
    private final List<String> warnings;
    private final Map<AgentId, Grants> entries = new LinkedHashMap<>();
    private @Nullable Grants fallback;

    PermissionReader(Set<AgentId> agents, Set<String> services, WorkflowNames workflows, List<String> warnings) {
        this.agents = agents;
        this.services = services;
        this.workflows = workflows;
        this.warnings = warnings;
    }

    /// The agents' own entries.
    Map<AgentId, Grants> entries() {
        return entries;
    }

    /// The entry `default`, if there is one.
    @Nullable
    Grants fallback() {
        return fallback;
    }

    /// The entry that holds for an agent.
    Grants grants(AgentId agent) {
        return entries.getOrDefault(agent, fallback == null ? Grants.NONE : fallback);
    }

    /// Reads the root of the file.
    void read(Tree root) {
        if (root.requiredKey("permissions")) {
            root.section("permissions").sections().forEach(this::entry);
        }
        root.end();
        if (fallback == null) {
            agents.stream()
                    .filter(agent -> !entries.containsKey(agent))
                    .forEach(agent -> warnings.add(root.remark(
                            "permissions", agent + " has no entry and there is no default: it may do nothing")));
        }
    }

    private void entry(String name, Tree entry) {
        Grants grants = grants(entry);
        entry.end();
        if (name.equals("default")) {
            fallback = grants;
            return;
        }
        Optional<AgentId> agent = AgentId.parse(name).filter(agents::contains);
        if (agent.isEmpty()) {
            List<String> names = agents.stream().map(AgentId::value).toList();
            entry.problem("config/agents.yaml has no agent of this name" + Nearest.hint(name, names));
        }
        agent.ifPresent(known -> entries.put(known, grants));
    }

    private Grants grants(Tree entry) {
        return new Grants(
                agentNames(entry),
                names(entry, entry.texts("can_publish")),
                names(entry, entry.texts("can_subscribe")),
                globs(entry, "blackboard_read"),
                globs(entry, "blackboard_write"),
                apis(entry),
                globs(entry, "allowed_credentials"),
                workflowNames(entry),
                entry.flag("can_spawn", false),
                entry.flag("can_manage_cron", false));
    }

    private List<String> agentNames(Tree entry) {
        List<Tree.Text> texts = entry.texts("can_message");
        for (Tree.Text text : texts) {
            boolean known = AgentId.parse(text.value()).map(agents::contains).orElse(isReservedTarget(text.value()));
            if (!known && !text.value().equals("*")) {
                warnings.add(entry.remark(text, "config/agents.yaml has no agent of this name"));
            }
        }
        return names(entry, texts);
    }

    private static boolean isReservedTarget(String name) {
        return AgentId.isReserved(name) && !name.equals("default");
    }

    private List<String> apis(Tree entry) {
        List<Tree.Text> texts = entry.texts("allowed_apis");
        for (Tree.Text text : texts) {
            if (!text.value().equals("*") && !text.value().equals("llm") && !services.contains(text.value())) {
                warnings.add(entry.remark(text, "neither llm nor a service of config/mesh.yaml"));
            }
        }
        return names(entry, texts);
    }

    private List<String> workflowNames(Tree entry) {
        List<Tree.Text> texts = entry.texts("can_run_workflows");
        for (Tree.Text text : texts) {
            if (!text.value().contains("*")) {
                workflows.flaw(text.value()).ifPresent(flaw -> warnings.add(entry.remark(text, flaw)));
            }
        }
        return names(entry, texts);
    }

    /* Exact names or "*": a glob would look as if it allowed something and never match. */
    private static List<String> names(Tree entry, List<Tree.Text> texts) {
        List<String> names = new ArrayList<>();
        for (Tree.Text text : texts) {
            if (text.value().contains("*") && !text.value().equals("*")) {
                entry.problem(text, "must be an exact name, or \"*\" alone for all; patterns have no meaning here");
            }
            names.add(text.value());
        }
        return names;
    }

    private static List<String> globs(Tree entry, String key) {
        List<String> globs = new ArrayList<>();
        for (Tree.Text text : entry.texts(key)) {
            Glob.flaw(text.value())
                    .ifPresentOrElse(flaw -> entry.problem(text, "the pattern " + flaw), () -> globs.add(text.value()));
        }
        return globs;
    }
}
