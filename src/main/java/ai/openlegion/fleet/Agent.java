package ai.openlegion.fleet;

import ai.openlegion.budget.Limits;
import ai.openlegion.identity.AgentId;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A principal of the fleet as its configuration describes it.
///
/// @param role free text, for people and for the agent itself
/// @param model its default model, as a concrete `provider/model` id
/// @param models globs over concrete model ids: what it may ask for
/// @param runtime what isolates it; `external` = nothing of ours
/// @param limits its own daily and monthly limit, from its entry or the defaults
/// @param push where its inbox is pushed to; null = it pulls
/// @param instructions what it is told to be at its start
public record Agent(
        AgentId id,
        String role,
        String model,
        List<String> models,
        String runtime,
        Limits limits,
        @Nullable URI push,
        String instructions) {

    public Agent {
        models = List.copyOf(models);
    }
}
