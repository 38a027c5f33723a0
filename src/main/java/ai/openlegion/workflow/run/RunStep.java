package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import org.jspecify.annotations.Nullable;

/// A step of a run as it stands.
///
/// @param reason why it is not complete; null where it is, or is not over
/// @param agent who does it, or did it last; null = not known yet
/// @param attempts that were made; of a fan-out, of all its items
/// @param items of a fan-out's list; -1 = it is none, or not begun
/// @param itemsDone of them, complete or given up
/// @param startedAtMillis of its first attempt; 0 = none yet
/// @param finishedAtMillis 0 = not over yet
/// @param tokens of the attempts that are over
/// @param pico of the attempts that are over, in pico-USD
/// @param result what its dependents see, the text of a JSON value; null = not over, or nothing to see
/// @param refusals of what its attempts wanted on the blackboard; empty = none
/// @param request what waits for approval or was approved, the text of a JSON object; null = nothing
/// @param digest of the request
/// @param expiresAtMillis of the request that waits; 0 = none waits
/// @param dueAtMillis of the next attempt; 0 = none is planned
public record RunStep(
        String id,
        StepStatus status,
        @Nullable String reason,
        @Nullable AgentId agent,
        int attempts,
        int items,
        int itemsDone,
        long startedAtMillis,
        long finishedAtMillis,
        long tokens,
        long pico,
        @Nullable String result,
        @Nullable String error,
        String refusals,
        @Nullable String request,
        @Nullable String digest,
        long expiresAtMillis,
        long dueAtMillis) {}
