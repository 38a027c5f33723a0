package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;

/// One agent's account as it stands.
///
/// @param frozen whether it refuses every call until the operator releases it or sets its limits
/// @param tokensToday input and output tokens settled in the current day
public record BudgetState(AgentId agent, WindowState daily, WindowState monthly, boolean frozen, long tokensToday) {}
