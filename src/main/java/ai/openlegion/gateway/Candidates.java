package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.catalogue.Model;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The models that may still answer one call, in the order they are asked: the one that was asked for and its
/// failovers, without those that this agent may not use or that have no credential.
final class Candidates {

    private final Model asked;
    private final List<Model> order;
    private int asks;
    private @Nullable Refusal error;
    private boolean hasFailed;

    private Candidates(Model asked, List<Model> order) {
        this.asked = asked;
        this.order = order;
    }

    static Candidates of(Model asked, Fleet fleet, AgentId agent, ModelHealth health) {
        List<Model> failovers = fleet.catalogue().failovers(asked.id());
        if (failovers.isEmpty()) {
            return new Candidates(asked, List.of(asked));
        }
        List<Model> usable = new ArrayList<>(failovers.size() + 1);
        if (hasCredential(asked, fleet)) {
            usable.add(asked);
        }
        for (Model other : failovers) {
            boolean allowed = fleet.policy().decide(agent, Operation.MODEL, other.id()) instanceof Decision.Allowed;
            if (allowed && hasCredential(other, fleet)) {
                usable.add(other);
            }
        }
        // where nobody can be asked, the model that was asked for says why
        return new Candidates(asked, usable.isEmpty() ? List.of(asked) : health.order(usable, Function.identity()));
    }

    private static boolean hasCredential(Model model, Fleet fleet) {
        String credential = model.provider().credential();
        return credential == null || fleet.vault().get(credential).isPresent();
    }

    /// The model that the client named.
    Model asked() {
        return asked;
    }

    /// Whether another one may be asked.
    boolean any() {
        return asks < order.size();
    }

    /// The next one to ask, which is none of the candidates any more.
    @Nullable
    Model next() {
        return any() ? order.get(asks++) : null;
    }

    /// One of them was asked or could have been, and this is what the client is told where it was the last.
    void failed(Refusal refusal) {
        error = refusal;
        hasFailed = true;
    }

    /// One of them cannot be asked this. What another said weighs more, and so does what is wrong with the one that the
    /// client named.
    void skipped(Model model, Refusal refusal) {
        if (error == null || (!hasFailed && model.equals(asked))) {
            error = refusal;
        }
    }

    /// What the client is told when nobody is left.
    @Nullable
    Refusal error() {
        return error;
    }

    /// The answer has begun: nobody else is asked.
    void clear() {
        asks = order.size();
    }
}
