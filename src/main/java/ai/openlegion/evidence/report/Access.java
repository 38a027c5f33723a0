package ai.openlegion.evidence.report;

import ai.openlegion.acl.Grants;
import ai.openlegion.budget.Limits;
import ai.openlegion.fleet.Agent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an agent may do, by the files as they are now.
///
/// @param agent its entry in `agents.yaml`
/// @param grants what its entry in `permissions.json` allows, or the default's
/// @param ownEntry whether it has an entry of its own there
/// @param models the concrete models that it may ask for, in order; those of providers without a credential, too
/// @param services what of its `allowed_apis` is a service here, with base URL and price
/// @param override the limits that the operator set beside the file's; null = the file's hold
/// @param stored names of credentials that it stored itself
public record Access(
        Agent agent,
        Grants grants,
        boolean ownEntry,
        List<String> models,
        List<Reach> services,
        @Nullable Limits override,
        List<String> stored) {

    public Access {
        models = List.copyOf(models);
        services = List.copyOf(services);
        stored = List.copyOf(stored);
    }

    /// A service that an agent may call.
    ///
    /// @param credential the name under which the vault has its key; null where it needs none
    public record Reach(
            String name, String baseUrl, @Nullable String credential, long picoPerCall) {}

    /// The limits that hold.
    Limits limits() {
        return override == null ? agent.limits() : override;
    }
}
