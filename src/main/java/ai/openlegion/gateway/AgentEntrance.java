package ai.openlegion.gateway;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.fabric.Entrance;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Caller;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The agents' listener as the fabric's routes see it: token, drain, claimed identity and body.
final class AgentEntrance implements Entrance {

    private final Loop loop;
    private final AtomicBoolean draining;
    private final Identification identification;
    private final BodyReader bodies;

    /// Who claimed to be another agent since the last tick, and how often: an entry a request could fill the audit.
    private final Map<AgentId, Integer> claims = new HashMap<>();

    AgentEntrance(Loop loop, AtomicBoolean draining, Identification identification, BodyReader bodies) {
        this.loop = loop;
        this.draining = draining;
        this.identification = identification;
        this.bodies = bodies;
    }

    @Override
    public void enter(RoutingContext context, Consumer<Entered> handler) {
        HttpServerRequest request = context.request();
        String requestId = loop.requestIds().next();
        Fleet fleet = loop.fleets().current();
        Identification.Known known = identification.identify(request.headers(), fleet);
        if (known == null) {
            refuse(request, requestId, AgentRoutes.unauthenticated());
            return;
        }
        if (draining.get()) {
            close(request, requestId, Refusal.later(Refusal.Kind.UNAVAILABLE, "The mesh is shutting down", 5));
            return;
        }
        Refusal claim = foreignClaim(request, known.caller());
        if (claim != null) {
            if (claim.kind() == Refusal.Kind.DENIED) {
                claims.merge(known.caller().agent(), 1, Integer::sum);
            }
            close(request, requestId, claim);
            return;
        }
        request.response().putHeader("x-request-id", requestId);
        String token = known.token();
        handler.accept(new Entered(
                fleet,
                known.caller(),
                requestId,
                () -> loop.fleets().current().tokens().find(token) != null));
    }

    /// Records the claims since the last tick, one entry an agent.
    void onTick() {
        claims.forEach((agent, count) -> {
            var _ = loop.audit()
                    .offer(new AuditEntry(
                            loop.clock().millis(),
                            agent.value(),
                            "identity",
                            "agent_id",
                            "denied: " + count + " requests in another agent's name",
                            "identity",
                            loop.fleets().current().revision(),
                            "",
                            "",
                            0));
        });
        claims.clear();
    }

    private static @Nullable Refusal foreignClaim(HttpServerRequest request, Caller caller) {
        if (request.query() == null) {
            return null;
        }
        List<String> claimed;
        try {
            claimed = request.params().getAll("agent_id");
        } catch (IllegalArgumentException malformed) {
            return Refusal.of(Refusal.Kind.MALFORMED, "The query is malformed");
        }
        String id = caller.agent().value();
        return claimed.stream().allMatch(id::equals)
                ? null
                : Refusal.of(Refusal.Kind.DENIED, "The token belongs to another agent than agent_id says");
    }

    @Override
    public void read(RoutingContext context, Entered entered, int maxBytes, BiConsumer<Entered, byte[]> handler) {
        HttpServerRequest request = context.request();
        if (AgentRoutes.longerThan(maxBytes, request)) {
            close(request, entered.requestId(), BodyReader.tooLarge(maxBytes));
            return;
        }
        bodies.read(
                request,
                entered.caller().agent(),
                maxBytes,
                body -> {
                    if (entered.stands().getAsBoolean()) {
                        handler.accept(
                                new Entered(
                                        loop.fleets().current(),
                                        entered.caller(),
                                        entered.requestId(),
                                        entered.stands()),
                                body);
                    } else {
                        identification.failed();
                        refuse(request, entered.requestId(), AgentRoutes.unauthenticated());
                    }
                },
                refusal -> close(request, entered.requestId(), refusal));
    }

    private static void refuse(HttpServerRequest request, String requestId, Refusal refusal) {
        AgentRoutes.refuse(request.response(), requestId, AgentRoutes.MESH, refusal);
    }

    private static void close(HttpServerRequest request, String requestId, Refusal refusal) {
        AgentRoutes.close(request.response(), requestId, AgentRoutes.MESH, refusal);
    }
}
