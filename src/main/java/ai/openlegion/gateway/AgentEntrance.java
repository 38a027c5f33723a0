package ai.openlegion.gateway;

import ai.openlegion.fabric.Entrance;
import ai.openlegion.fleet.Fleet;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// The agents' listener as the fabric's routes see it: token, drain, claimed identity and body.
final class AgentEntrance implements Entrance {

    private final Loop loop;
    private final AtomicBoolean draining;
    private final Identification identification;
    private final BodyReader bodies;

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
        Identification.Known known = identification.identify(request, fleet);
        if (known == null) {
            refuse(request, requestId, identification.refusal());
            return;
        }
        if (draining.get()) {
            close(request, requestId, Refusal.later(Refusal.Kind.UNAVAILABLE, "The mesh is shutting down", 5));
            return;
        }
        Refusal claim = identification.foreignClaim(request, known.caller());
        if (claim != null) {
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

    @Override
    public void read(RoutingContext context, Entered entered, int maxBytes, BiConsumer<Entered, byte[]> handler) {
        HttpServerRequest request = context.request();
        int most = Math.min(maxBytes, loop.limits().bodyBytes());
        if (AgentRoutes.longerThan(most, request)) {
            close(request, entered.requestId(), BodyReader.tooLarge(most));
            return;
        }
        bodies.read(
                request,
                entered.caller().agent(),
                most,
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
                        refuse(request, entered.requestId(), Identification.unknown());
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
