package ai.openlegion.fleet;

import ai.openlegion.budget.Limits;
import ai.openlegion.identity.AgentId;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A principal of the fleet as its configuration describes it, or as its parent spawned it.
///
/// @param role free text, for people and for the agent itself
/// @param model its default model, as a concrete `provider/model` id
/// @param models globs over concrete model ids: what it may ask for
/// @param runtime what isolates it
/// @param program what runs as the agent; without meaning for [RuntimeKind#EXTERNAL]
/// @param limits its own daily and monthly limit, from its entry or the defaults; a spawned agent spends from its
///     parent's account
/// @param push where the inbox of an external agent is pushed to; null = it pulls
/// @param instructions what it is told to be at its start
/// @param parent who spawned it; null = the configuration names it
public record Agent(
        AgentId id,
        String role,
        String model,
        List<String> models,
        RuntimeKind runtime,
        Program program,
        Limits limits,
        @Nullable URI push,
        String instructions,
        @Nullable AgentId parent) {

    public Agent {
        models = List.copyOf(models);
    }

    /// What runs as an agent, and what it may use.
    ///
    /// @param image of its container; null = the fleet's own
    /// @param command with its arguments; empty = what the image starts by itself, or the agent that comes along
    /// @param hasServer whether it speaks the agent protocol; one that does not is ready as long as it runs, and
    ///     comes for its inbox itself
    public record Program(@Nullable String image, List<String> command, Resources resources, boolean hasServer) {

        /// The agent that comes along, with the usual resources.
        public static final Program OWN = new Program(null, List.of(), Resources.DEFAULTS, true);

        public Program {
            command = List.copyOf(command);
        }
    }
}
