package ai.openlegion.fleet;

import ai.openlegion.identity.AgentId;
import org.jspecify.annotations.Nullable;

/// A way in from outside, as `webhooks.yaml` describes it.
///
/// @param secret the name, in the vault, of the key its calls are signed with
/// @param agent that gets a message for each call; null with a workflow
/// @param workflow that runs for each call; null with an agent
public record Hook(
        String id,
        String secret,
        @Nullable AgentId agent,
        @Nullable String workflow) {}
