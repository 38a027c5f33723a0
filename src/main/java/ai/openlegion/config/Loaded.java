package ai.openlegion.config;

import ai.openlegion.acl.Grants;
import ai.openlegion.acl.Policy;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Hook;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.identity.Tokens;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.vault.Vault;
import ai.openlegion.workflow.model.Workflow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A configuration without a mistake.
public final class Loaded {

    private final MeshSettings settings;
    private final Catalogue catalogue;
    private final Vault vault;
    private final Map<AgentId, Agent> agents;
    private final Map<AgentId, Grants> grants;
    private final @Nullable Grants fallback;
    private final Map<String, Hook> hooks;
    private final Map<String, Schedule.Spec> schedules;
    private final List<Workflow> workflows;
    private final List<String> warnings;
    private final Map<String, String> unset;
    private final String contentHash;

    Loaded(
            MeshSettings settings,
            Catalogue catalogue,
            Vault vault,
            AgentReader agents,
            PermissionReader permissions,
            HookReader hooks,
            Map<String, Schedule.Spec> schedules,
            List<Workflow> workflows,
            List<String> warnings,
            Map<String, String> unset,
            String contentHash) {
        this.settings = settings;
        this.catalogue = catalogue;
        this.vault = vault;
        this.agents = Collections.unmodifiableMap(new LinkedHashMap<>(agents.agents()));
        this.grants = Map.copyOf(permissions.entries());
        this.fallback = permissions.fallback();
        this.hooks = Map.copyOf(hooks.hooks());
        this.schedules = Map.copyOf(schedules);
        this.workflows = List.copyOf(workflows);
        this.warnings = List.copyOf(warnings);
        this.unset = Collections.unmodifiableMap(new LinkedHashMap<>(unset));
        this.contentHash = contentHash;
    }

    /// What holds for the whole run.
    public MeshSettings settings() {
        return settings;
    }

    /// The providers and prices, shipped and own.
    public Catalogue catalogue() {
        return catalogue;
    }

    /// The agents, in the order of the file.
    public Map<AgentId, Agent> agents() {
        return agents;
    }

    /// The jobs of `schedules.yaml`, by name, and `workflow:NAME` for each workflow that has a schedule.
    public Map<String, Schedule.Spec> schedules() {
        return schedules;
    }

    /// The workflows, in the order of their files.
    public List<Workflow> workflows() {
        return workflows;
    }

    /// What the operator should know but nothing is stopped by; one sentence each, with its place.
    public List<String> warnings() {
        return warnings(vault);
    }

    /// The same with what this vault has besides: a credential that is stored is not missing.
    public List<String> warnings(Vault full) {
        List<String> all = new ArrayList<>(warnings);
        unset.forEach((sentence, credential) -> {
            if (full.get(credential).isEmpty()) {
                all.add(sentence);
            }
        });
        return all;
    }

    /// SHA-256, in hex, of everything that was read but credentials.
    public String contentHash() {
        return contentHash;
    }

    /// The matrix at a revision.
    public Policy policy(long revision) {
        Map<AgentId, List<String>> models = new LinkedHashMap<>();
        agents.forEach((id, agent) -> models.put(id, agent.models()));
        return Policy.of(revision, grants, fallback, models);
    }

    /// Whether `permissions.json` has an entry of the agent's own.
    public boolean hasOwnPermissions(AgentId agent) {
        return grants.containsKey(agent);
    }

    /// The fleet at a revision, with the agents' tokens as they stand now.
    ///
    /// @throws IOException when the token files cannot be read
    public Fleet fleet(long revision, Tokens tokens) throws IOException {
        TokenTable table = TokenTable.of(tokens.external(agents.values().stream()
                .filter(agent -> agent.runtime() == RuntimeKind.EXTERNAL)
                .map(Agent::id)
                .toList()));
        return new Fleet(
                revision, agents, policy(revision), catalogue, vault, table, hooks, settings.fleetLimits(), Map.of());
    }
}
