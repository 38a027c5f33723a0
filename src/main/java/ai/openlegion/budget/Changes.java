package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.List;

/// What happened to the accounts since it was last told.
///
/// @param agents the changed ones as they stand; accounts of removed agents are left out
/// @param exhausted the tasks for which a call was refused for the first time because too little was left
record Changes(
        FleetState fleet,
        List<BudgetState> agents,
        List<Budget.Warned> warnings,
        List<AgentId> frozen,
        List<String> exhausted) {

    boolean isEmpty() {
        return agents.isEmpty() && warnings.isEmpty() && frozen.isEmpty() && exhausted.isEmpty();
    }
}
