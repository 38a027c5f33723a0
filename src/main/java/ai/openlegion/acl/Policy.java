package ai.openlegion.acl;

import ai.openlegion.identity.AgentId;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An immutable snapshot of the whole permission matrix with its revision; deciding is a pure function of it.
///
/// An agent's own entry decides; without one the entry `default`; without that nothing is allowed. A present entry
/// inherits nothing.
public final class Policy {

    /// Resources that are longer are denied unread: a key has at most 512 characters, a model's id fewer.
    private static final int LONGEST_RESOURCE = 1024;

    private static final String NO_ENTRY = "no entry";

    /// The rule between a spawned agent and its parent.
    private static final String SPAWNED = "spawned";

    private final long revision;
    private final Map<AgentId, Map<Operation, Rules>> entries;
    private final Map<Operation, Rules> fallback;
    private final Map<AgentId, Rules> models;
    private final Map<AgentId, Grants> grants;
    private final Grants fallbackGrants;
    private final Map<AgentId, AgentId> parents;
    private final Map<AgentId, Rules> spawnedModels;

    private Policy(
            long revision,
            Map<AgentId, Map<Operation, Rules>> entries,
            Map<Operation, Rules> fallback,
            Map<AgentId, Rules> models,
            Map<AgentId, Grants> grants,
            @Nullable Grants fallbackGrants,
            Map<AgentId, AgentId> parents,
            Map<AgentId, Rules> spawnedModels) {
        this.parents = Map.copyOf(parents);
        this.spawnedModels = Map.copyOf(spawnedModels);
        this.grants = Map.copyOf(grants);
        this.fallbackGrants = fallbackGrants == null ? Grants.NONE : fallbackGrants;
        this.revision = revision;
        this.entries = entries;
        this.fallback = fallback;
        this.models = models;
    }

    /// A snapshot of these entries.
    ///
    /// @param fallback the entry `default`, for agents without one of their own; null for none
    /// @param modelGlobs for each agent the models it may ask for, from `agents.yaml`
    /// @throws IllegalArgumentException when a glob is malformed; see [Glob#flaw]
    public static Policy of(
            long revision,
            Map<AgentId, Grants> entries,
            @Nullable Grants fallback,
            Map<AgentId, List<String>> modelGlobs) {
        Map<AgentId, Map<Operation, Rules>> compiled = new HashMap<>();
        entries.forEach((agent, grants) -> compiled.put(agent, compile(agent.value(), grants, revision)));
        Map<AgentId, Rules> models = new HashMap<>();
        modelGlobs.forEach(
                (agent, globs) -> models.put(agent, Rules.globs("agents." + agent + ".models", globs, revision)));
        return new Policy(
                revision,
                compiled,
                fallback == null ? Map.of() : compile("default", fallback, revision),
                models,
                entries,
                fallback,
                Map.of(),
                Map.of());
    }

    /// This snapshot with agents in it that others spawned: each may do what its parent may, but for spawning, and ask
    /// for the models that are its parent's and its own. Parent and child may message each other.
    ///
    /// @param parents of the spawned agents
    /// @param modelGlobs what each was asked to have; it never has more of them than its parent
    /// @throws IllegalArgumentException when a glob is malformed; see [Glob#flaw]
    public Policy withSpawned(Map<AgentId, AgentId> parents, Map<AgentId, List<String>> modelGlobs) {
        Map<AgentId, Rules> own = new HashMap<>();
        modelGlobs.forEach(
                (agent, globs) -> own.put(agent, Rules.globs("spawned." + agent + ".models", globs, revision)));
        return new Policy(revision, entries, fallback, models, grants, fallbackGrants, parents, own);
    }

    /// The revision of this snapshot.
    public long revision() {
        return revision;
    }

    /// The entry that holds for an agent: its own, its parent's where it was spawned, else `default`, else one that
    /// allows nothing.
    public Grants grants(AgentId agent) {
        return grants.getOrDefault(parents.getOrDefault(agent, agent), fallbackGrants);
    }

    /// Whether an agent may do an operation on a resource; nothing is created when it may.
    ///
    /// @param resource a name, a key, or for [Operation#MODEL] the concrete `provider/model`; ignored by
    ///     [Operation#SPAWN] and [Operation#CRON]
    public Decision decide(AgentId agent, Operation operation, String resource) {
        AgentId parent = parents.get(agent);
        if (parent != null) {
            return decideSpawned(agent, parent, operation, resource);
        }
        if (operation == Operation.MESSAGE && !parents.isEmpty() && isChild(resource, agent)) {
            return new Decision.Allowed(SPAWNED, revision);
        }
        return decide(agent, agent, operation, resource);
    }

    private Decision decideSpawned(AgentId agent, AgentId parent, Operation operation, String resource) {
        if (operation == Operation.SPAWN) {
            return denied(SPAWNED, agent, operation, resource);
        }
        if (operation == Operation.MESSAGE && resource.equals(parent.value())) {
            return new Decision.Allowed(SPAWNED, revision);
        }
        if (operation == Operation.MODEL) {
            Rules own = spawnedModels.get(agent);
            if (own == null || resource.length() > LONGEST_RESOURCE || own.allowing(resource) == null) {
                return denied(own == null ? SPAWNED : own.list(), agent, operation, resource);
            }
        }
        return decide(agent, parent, operation, resource);
    }

    private boolean isChild(String name, AgentId parent) {
        AgentId child = AgentId.parse(name).orElse(null);
        return child != null && parent.equals(parents.get(child));
    }

    /// @param holder whose entry decides
    private Decision decide(AgentId agent, AgentId holder, Operation operation, String resource) {
        Rules rules = rules(holder, operation);
        if (rules == null) {
            return denied(NO_ENTRY, agent, operation, resource);
        }
        Decision.Allowed allowed = resource.length() > LONGEST_RESOURCE ? null : rules.allowing(resource);
        return allowed != null ? allowed : denied(rules.list(), agent, operation, resource);
    }

    private @Nullable Rules rules(AgentId agent, Operation operation) {
        if (operation == Operation.MODEL) {
            return models.get(agent);
        }
        Map<Operation, Rules> entry = entries.get(agent);
        return (entry != null ? entry : fallback).get(operation);
    }

    private Decision.Denied denied(String rule, AgentId agent, Operation operation, String resource) {
        return new Decision.Denied(rule, revision, "Agent " + agent + " cannot " + phrase(operation, resource));
    }

    /// What an operation on a resource is called in a sentence.
    static String phrase(Operation operation, String resource) {
        String shown = resource.length() > LONGEST_RESOURCE ? resource.substring(0, LONGEST_RESOURCE) + "…" : resource;
        return (operation.verb() + " " + shown).strip();
    }

    private static Map<Operation, Rules> compile(String name, Grants grants, long revision) {
        String entry = "permissions." + name + ".";
        Map<Operation, Rules> rules = new EnumMap<>(Operation.class);
        rules.put(Operation.API, Rules.names(entry + "allowed_apis", grants.allowedApis(), revision));
        rules.put(Operation.MESSAGE, Rules.names(entry + "can_message", grants.canMessage(), revision));
        rules.put(Operation.PUBLISH, Rules.names(entry + "can_publish", grants.canPublish(), revision));
        rules.put(Operation.SUBSCRIBE, Rules.names(entry + "can_subscribe", grants.canSubscribe(), revision));
        rules.put(Operation.READ, Rules.globs(entry + "blackboard_read", grants.blackboardRead(), revision));
        rules.put(Operation.WRITE, Rules.globs(entry + "blackboard_write", grants.blackboardWrite(), revision));
        rules.put(
                Operation.CREDENTIAL,
                Rules.globs(entry + "allowed_credentials", grants.allowedCredentials(), revision));
        rules.put(Operation.RUN_WORKFLOW, Rules.names(entry + "can_run_workflows", grants.canRunWorkflows(), revision));
        rules.put(Operation.SPAWN, Rules.toggle(entry + "can_spawn", grants.canSpawn(), revision));
        rules.put(Operation.CRON, Rules.toggle(entry + "can_manage_cron", grants.canManageCron(), revision));
        return rules;
    }
}
