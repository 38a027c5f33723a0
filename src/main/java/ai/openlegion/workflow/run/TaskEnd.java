package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import org.jspecify.annotations.Nullable;

/// How the task of an attempt came to its end.
///
/// @param status `complete`, `failed`, `timeout` or `cancelled`
/// @param result the text of a JSON value; null = none
/// @param refusals of what it wanted on the blackboard, in words; empty = none
/// @param pico in pico-USD
public record TaskEnd(
        String taskId,
        AgentId agent,
        String status,
        @Nullable String result,
        @Nullable String error,
        String refusals,
        long tokens,
        long pico) {}
