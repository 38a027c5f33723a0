package ai.openlegion.workflow.model;

import ai.openlegion.identity.AgentId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of a workflow's graph: one task for an agent, or one for each item of a list.
///
/// @param id `[A-Za-z_][A-Za-z0-9_-]{0,63}`, unique in its workflow
/// @param line of the file on which it begins; 0 = not known
/// @param agent who does it; null where a capability is named
/// @param capability any ready agent that registered it does it; null where an agent is named
/// @param input where its task's `input_data` comes from
/// @param timeoutSeconds of one attempt, from its begin
/// @param condition whether it runs; null = it does
/// @param maxRetries attempts after the first, where [OnFailure#RETRY] says so
/// @param fallbackAgent where [OnFailure#FALLBACK] says so, else null
/// @param approvalSeconds until an approval that nobody gave expires
/// @param maxTokens of each attempt; null = no such limit
/// @param maxPico of each attempt, in pico-USD; null = no such limit
/// @param forEach null = it runs once
public record Step(
        String id,
        int line,
        @Nullable AgentId agent,
        @Nullable String capability,
        String taskType,
        List<String> dependsOn,
        InputFrom input,
        int timeoutSeconds,
        @Nullable Condition condition,
        OnFailure onFailure,
        int maxRetries,
        @Nullable AgentId fallbackAgent,
        boolean requiresApproval,
        int approvalSeconds,
        @Nullable Long maxTokens,
        @Nullable Long maxPico,
        @Nullable FanOut forEach) {

    public Step {
        dependsOn = List.copyOf(dependsOn);
    }
}
