package ai.openlegion.fabric;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.BusException;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/// One crossing under way: who came, what is decided about it, and the one answer it gets.
final class Visit {

    private static final Logger LOG = System.getLogger("openlegion.fabric");

    private final FabricRoutes.Surroundings mesh;
    private final UnreadAnswers unread;
    private final Denials denials;
    private final RoutingContext context;
    private final Entrance.Entered entered;

    Visit(
            FabricRoutes.Surroundings mesh,
            UnreadAnswers unread,
            Denials denials,
            RoutingContext context,
            Entrance.Entered entered) {
        this.mesh = mesh;
        this.unread = unread;
        this.denials = denials;
        this.context = context;
        this.entered = entered;
    }

    AgentId agent() {
        return entered.caller().agent();
    }

    Fleet fleet() {
        return entered.fleet();
    }

    String requestId() {
        return entered.requestId();
    }

    HttpServerRequest request() {
        return context.request();
    }

    /// The raw path, as it was sent.
    String path() {
        String path = request().path();
        return path == null ? "" : path;
    }

    /// What the path names at a place of the route, decoded.
    String parameter(String name) {
        return String.valueOf(context.pathParam(name));
    }

    HttpServerResponse response() {
        return context.response();
    }

    /// Whether the token that came with the request still opens the door.
    boolean stands() {
        return entered.stands().getAsBoolean();
    }

    Bus bus() {
        return mesh.bus();
    }

    /// Whether the agent may do it; where not, that is audited and answered. An allowed one is not recorded: for what
    /// changes nothing.
    boolean mayLook(Operation operation, String resource, String action) {
        return switch (fleet().policy().decide(agent(), operation, resource)) {
            case Decision.Allowed allowed -> true;
            case Decision.Denied denied -> {
                deny(denied, action, resource);
                yield false;
            }
        };
    }

    /// Whether the agent may do it and that is recorded; where not, it has been answered.
    ///
    /// The entry is queued before the owner is asked: it is committed with what it records or before, so nothing
    /// happens that the audit does not know.
    boolean may(Operation operation, String resource, String action) {
        return switch (fleet().policy().decide(agent(), operation, resource)) {
            case Decision.Allowed allowed -> records(action, resource, allowed.rule());
            case Decision.Denied denied -> {
                deny(denied, action, resource);
                yield false;
            }
        };
    }

    /// Answers and audits a denial.
    void deny(Decision.Denied denied, String action, String resource) {
        denials.record(agent(), Denials.DENIED, entry(action, resource, Denials.DENIED, denied.rule()));
        refuse(403, denied.message());
    }

    /// Whether something allowed is recorded; where not, it has been answered and must not be done.
    boolean records(String action, String resource, String rule) {
        if (mesh.audit().accepting() && mesh.audit().offer(entry(action, resource, "allowed", rule))) {
            return true;
        }
        later(503, "The audit cannot take this now", 1);
        return false;
    }

    /// Records that what was allowed was not done after all.
    void undone(String action, String resource, String why) {
        denials.record(agent(), Denials.REFUSED, entry(action, resource, Denials.REFUSED + ": " + why, ""));
    }

    private AuditEntry entry(String action, String resource, String decision, String rule) {
        return new AuditEntry(
                mesh.clock().millis(),
                agent().value(),
                action,
                resource,
                decision,
                rule,
                fleet().revision(),
                requestId(),
                "",
                0);
    }

    /// Asks the owner of a thing; where it does not answer, that has been answered. The handler comes to know also
    /// where
    /// the agent has hung up: what its request came to is recorded all the same.
    <Q extends Wire, R extends Wire> void ask(Endpoint<Q, R> endpoint, Q question, Consumer<R> handler) {
        ask(endpoint, question, handler, _ -> unavailable());
    }

    /// Asks the owner of a thing, and says what a missing answer means.
    <Q extends Wire, R extends Wire> void ask(
            Endpoint<Q, R> endpoint, Q question, Consumer<R> handler, Consumer<BusException.Reason> unanswered) {
        mesh.bus().ask(endpoint, question).onComplete(answer -> {
            try {
                if (answer.succeeded()) {
                    handler.accept(answer.result());
                } else if (answer.cause() instanceof BusException fault) {
                    LOG.log(Level.WARNING, "unanswered request_id=" + requestId() + " reason=" + fault.getMessage());
                    unanswered.accept(fault.reason());
                } else {
                    broken(answer.cause());
                }
            } catch (RuntimeException bug) {
                broken(bug);
            }
        });
    }

    /// Goes on when something asked of a part that is not on the bus has been answered, on this request's own thread;
    /// also where the agent has hung up.
    <T> void settle(Future<T> asked, Consumer<T> handler) {
        asked.onComplete(answer -> {
            try {
                if (answer.succeeded()) {
                    handler.accept(answer.result());
                } else {
                    broken(answer.cause());
                }
            } catch (RuntimeException bug) {
                broken(bug);
            }
        });
    }

    private void broken(Throwable bug) {
        LOG.log(Level.ERROR, "request failed request_id=" + requestId(), bug);
        refuse(500, "Something went wrong in the mesh; the log says what");
    }

    void ok(Json body) {
        answer(200, body);
    }

    /// What was asked for has begun, and goes on without the caller.
    void accepted(Json body) {
        answer(202, body);
    }

    void done() {
        if (isOpen()) {
            var _ = response().setStatusCode(204).end();
        }
    }

    void refuse(int status, String detail) {
        answer(status, Json.detail(detail));
    }

    /// Refuses what time may lift.
    void later(int status, String detail, long seconds) {
        if (isOpen()) {
            response().putHeader("retry-after", Long.toString(seconds));
            refuse(status, detail);
        }
    }

    void unavailable() {
        later(503, "The store or the part of the mesh that knows this does not answer now", 1);
    }

    private boolean isOpen() {
        return !response().headWritten() && !response().ended() && !response().closed();
    }

    private void answer(int status, Json body) {
        if (!isOpen()) {
            return;
        }
        byte[] bytes = body.bytes();
        // what was done is told; what was only asked for can be asked for again
        if (bytes.length >= UnreadAnswers.LARGE_BYTES
                && HttpMethod.GET.equals(request().method())
                && !unread.hasRoom(agent(), bytes.length)) {
            response().headers().remove("link");
            later(503, "Too much of what was answered is still unread", 1);
            return;
        }
        response().setStatusCode(status).putHeader("content-type", "application/json");
        unread.write(agent(), request(), bytes);
    }
}
