package ai.openlegion.config;

import ai.openlegion.fleet.Hook;
import ai.openlegion.identity.AgentId;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The reading of `webhooks.yaml`.
final class HookReader {

    static final int MAX_HOOKS = 1_000;

    /// 128 bits in base64 have 22 characters; below 16 a secret can be searched for.
    private static final int SHORT_SECRET = 16;

    private final Set<AgentId> agents;
    private final WorkflowNames workflows;
    private final Vault vault;
    private final Map<String, String> taken;
    private final List<String> warnings;
    private final Map<String, String> unset;
    private final Map<String, Hook> hooks = new LinkedHashMap<>();
    private final Set<String> triggered = new HashSet<>();

    /// @param taken the credentials that no hook may name, with why
    /// @param unset told, by their sentences, which credentials have no value yet
    HookReader(
            Set<AgentId> agents,
            WorkflowNames workflows,
            Vault vault,
            Map<String, String> taken,
            List<String> warnings,
            Map<String, String> unset) {
        this.agents = agents;
        this.workflows = workflows;
        this.vault = vault;
        this.taken = Map.copyOf(taken);
        this.warnings = warnings;
        this.unset = unset;
    }

    /// Every hook without a problem, in the order of the file.
    Map<String, Hook> hooks() {
        return hooks;
    }

    /// Reads the root of the file.
    void read(Tree root) {
        Map<String, Tree> entries = root.section("hooks").sections();
        if (entries.size() > MAX_HOOKS) {
            root.problem("hooks", "must have at most " + MAX_HOOKS + " entries");
        }
        entries.forEach((id, entry) -> {
            if (!Names.SERVICE.matcher(id).matches()) {
                entry.problem("must be 1 to 64 letters, digits, - and _, a letter or digit first");
            }
            Optional<String> secret = entry.requiredKey("secret") ? secret(entry) : Optional.empty();
            Optional<AgentId> agent = agent(entry);
            Optional<String> workflow = workflow(entry);
            if (entry.has("agent") == entry.has("workflow")) {
                entry.problem("must name either the agent that gets a message or the workflow that runs");
            }
            entry.end();
            secret.ifPresent(name -> hooks.put(id, new Hook(id, name, agent.orElse(null), workflow.orElse(null))));
        });
        root.end();
    }

    /* A secret may come later, by .env and a reload; until then there is no such hook. */
    private Optional<String> secret(Tree entry) {
        Optional<String> named = entry.text("secret");
        if (named.isPresent() && !Names.CREDENTIAL.matcher(named.get()).matches()) {
            entry.problem("secret", "must be the name of a credential: letters, digits and _");
            return Optional.empty();
        }
        Optional<String> why = named.map(name -> taken.get(name.toLowerCase(Locale.ROOT)));
        if (why.isPresent()) {
            entry.problem("secret", why.get() + "; give the hook a secret of its own");
            return Optional.empty();
        }
        named.ifPresent(name -> {
            Optional<Secret> secret = vault.get(name);
            if (secret.isEmpty()) {
                String remark = entry.remark(
                        "secret",
                        "is not in the vault, so there is no such hook (404): " + CredentialReader.howToSet(name));
                unset.put(remark, name);
            } else if (secret.get().reveal().length() < SHORT_SECRET) {
                warnings.add(entry.remark(
                        "secret", "is shorter than " + SHORT_SECRET + " characters; openssl rand -hex 32 makes one"));
            }
        });
        return named;
    }

    private Optional<AgentId> agent(Tree entry) {
        Optional<String> named = entry.text("agent");
        Optional<AgentId> known = named.flatMap(AgentId::parse).filter(agents::contains);
        if (named.isPresent() && known.isEmpty()) {
            List<String> names = agents.stream().map(AgentId::value).toList();
            entry.problem("agent", "no such agent in agents.yaml" + Nearest.hint(named.get(), names));
        }
        return known;
    }

    private Optional<String> workflow(Tree entry) {
        Optional<String> named = entry.text("workflow");
        named.ifPresent(name -> {
            workflows.flaw(name).ifPresent(flaw -> {
                if (workflows.isComplete()) {
                    entry.problem("workflow", flaw);
                } else {
                    warnings.add(entry.remark("workflow", flaw));
                }
            });
            if (!triggered.add(name)) {
                entry.problem("workflow", "has a hook already; its calls could be signed by one secret only");
            }
        });
        return named;
    }
}
