package ai.openlegion.workflow.model;

import org.jspecify.annotations.Nullable;

/// What a step that is over shows of itself to conditions and inputs; plain values, no way to anything else.
///
/// @param status `complete`, `failed`, `timeout`, `cancelled` or `skipped`
/// @param tokensUsed by all its attempts
/// @param durationMillis from its first attempt's begin to its end
/// @param result as [ai.openlegion.json.PlainJson] reads it; of a skipped one `{"skipped": true, "reason": …}`
public record StepFacts(
        String status,
        @Nullable String error,
        long tokensUsed,
        long durationMillis,
        @Nullable Object result) {}
