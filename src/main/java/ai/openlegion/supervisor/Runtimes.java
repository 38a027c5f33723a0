package ai.openlegion.supervisor;

import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.runtime.AgentRuntime;
import io.vertx.core.Future;
import java.util.List;

/// The ways of running agents that this build knows, and which of them takes the agents of a kind on this machine.
public interface Runtimes {

    /// What takes the agents of this kind, checked; the same answer each time in one run of the mesh.
    ///
    /// Fails with a [RuntimeFault] that says what is missing and how to get it, where the level asked for is
    /// not to be had and nothing allows a lower one.
    ///
    /// @param kind any but [RuntimeKind#EXTERNAL]
    Future<Chosen> choose(RuntimeKind kind);

    /// Every runtime that may have left agents of this home behind in an earlier run, also those not chosen now.
    List<AgentRuntime> all();

    /// Closes every runtime.
    Future<Void> close();

    /// What was chosen.
    ///
    /// @param isLowered whether it gives less than was asked for, because the operator allowed it
    /// @param remarks what the operator has to know of the choice, a sentence each: that a level was lowered
    record Chosen(AgentRuntime runtime, boolean isLowered, List<String> remarks) {
        public Chosen {
            remarks = List.copyOf(remarks);
        }
    }
}
