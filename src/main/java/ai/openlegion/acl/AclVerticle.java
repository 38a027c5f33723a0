package ai.openlegion.acl;

import ai.openlegion.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Supplier;

/// The verticle that answers [Acl#EXPLAIN] from the snapshot that is current when asked.
public final class AclVerticle extends VerticleBase {

    private final Bus bus;
    private final Supplier<Policy> current;

    public AclVerticle(Bus bus, Supplier<Policy> current) {
        this.bus = bus;
        this.current = current;
    }

    @Override
    public Future<?> start() {
        return bus.serve(Acl.EXPLAIN, question -> Future.succeededFuture(explain(question)));
    }

    private Acl.Explained explain(Acl.Explain question) {
        return switch (current.get().decide(question.agent(), question.operation(), question.resource())) {
            case Decision.Allowed(String rule, long revision) ->
                new Acl.Explained(
                        true,
                        rule,
                        revision,
                        "Agent " + question.agent() + " can "
                                + Policy.phrase(question.operation(), question.resource()));
            case Decision.Denied(String rule, long revision, String message) ->
                new Acl.Explained(false, rule, revision, message);
        };
    }
}
