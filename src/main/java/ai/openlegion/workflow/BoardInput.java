package ai.openlegion.workflow;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Inputs from the blackboard: an entry as the step's agent may read it.
final class BoardInput {

    private final Bus bus;
    private final Supplier<Policy> policy;
    private final Notes notes;

    BoardInput(Bus bus, Supplier<Policy> policy, Notes notes) {
        this.bus = bus;
        this.policy = policy;
        this.notes = notes;
    }

    /// Why an agent may not have an entry for its input; null where it may. A denial is recorded as the agent's own.
    @Nullable
    String denial(AgentId agent, String key, String run) {
        return switch (policy.get().decide(agent, Operation.READ, key)) {
            case Decision.Allowed _ -> null;
            case Decision.Denied(String rule, long revision, String message) -> {
                notes.rule(agent.value(), "blackboard.read", key, "denied", rule + " (run " + run + ")", revision);
                yield message;
            }
        };
    }

    /// The entry's value; nothing where there is none. Fails where it cannot be known now.
    Future<Optional<String>> read(String key) {
        return bus.ask(Blackboard.GET, new Blackboard.Get(key)).compose(found -> switch (found) {
            case Blackboard.Present(Blackboard.Entry entry) -> Future.succeededFuture(Optional.of(entry.value()));
            case Blackboard.Absent _ -> Future.succeededFuture(Optional.empty());
            case Blackboard.Unavailable _ -> Future.failedFuture("the blackboard does not answer");
        });
    }
}
