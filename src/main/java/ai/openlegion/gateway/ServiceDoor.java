package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.catalogue.Service;
import ai.openlegion.fabric.RateLimiter;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.gateway.ServiceCall.Asked;
import ai.openlegion.gateway.ServiceEnvelope.Addressee;
import ai.openlegion.gateway.ServiceEnvelope.Reading;
import ai.openlegion.gateway.ServiceEnvelope.Resolved;
import ai.openlegion.identity.Caller;
import ai.openlegion.proxy.ServiceClient;
import ai.openlegion.routes.Permission;
import ai.openlegion.routes.Routes;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.Json;
import io.vertx.ext.web.Router;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The two ways to a service: `ANY /mesh/service/<name>/<path>`, which passes a request through as an ordinary SDK
/// makes it, and the envelope of `POST /mesh/api`.
final class ServiceDoor {

    /// A larger envelope, in bytes, is looked at off the event loop, which others wait for.
    private static final int MAX_READ_ON_LOOP = 1024 * 1024;

    private static final String DOUBTFUL =
            "The path must be /mesh/service/<name>/<path> without .., //, a backslash, a control character or an escape of"
                    + " these";
    private static final String TOKEN_IN_URL = "A token does not belong in a URL: send it as a header";

    private static final ServiceVoice PASSED = ServiceDoor::refusePassed;
    private static final ServiceVoice ENVELOPED = (response, refusal) -> AgentRoutes.MESH.refuse(response, "", refusal);

    private final Loop loop;
    private final BodyReader bodies;
    private final Identification identification;
    private final AtomicBoolean draining;
    private final ServiceAdmission admission;

    ServiceDoor(
            Loop loop,
            BodyReader bodies,
            Identification identification,
            AtomicBoolean draining,
            RateLimiter rates,
            ServiceClient client) {
        this.loop = loop;
        this.bodies = bodies;
        this.identification = identification;
        this.draining = draining;
        admission = new ServiceAdmission(loop, client, rates);
    }

    void add(Router router) {
        Routes.add(
                router,
                null,
                ServicePath.DOOR + "/*",
                Permission.of(Operation.API),
                context -> pass(context.request()));
    }

    /// Refuses a doubtful path before the router, which would normalise it and take it elsewhere.
    boolean refusesPath(HttpServerRequest request) {
        if (!ServicePath.concerns(request.uri()) || ServicePath.read(request.uri()) != null) {
            return false;
        }
        pass(request);
        return true;
    }

    private void pass(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        String requestId = loop.requestIds().next();
        Identification.Known known =
                identification.identify(request, loop.fleets().current());
        if (known == null) {
            refuse(response, requestId, identification.refusal());
            return;
        }
        ServicePath path = ServicePath.read(request.uri());
        if (path == null || request.uri().contains(known.token())) {
            close(response, requestId, Refusal.of(Refusal.Kind.MALFORMED, path == null ? DOUBTFUL : TOKEN_IN_URL));
            return;
        }
        String method = request.method().name();
        if (!Service.METHODS.contains(method)) {
            notAllowed(response, requestId);
            return;
        }
        if (draining.get()) {
            close(response, requestId, Refusal.later(Refusal.Kind.UNAVAILABLE, "The mesh is shutting down", 5));
            return;
        }
        if (AgentRoutes.longerThan(loop.limits().bodyBytes(), request)) {
            close(response, requestId, bodies.tooLarge());
            return;
        }
        boolean http1 = request.version() != HttpVersion.HTTP_2;
        MultiMap sent = request.headers();
        bodies.read(
                request,
                known.caller().agent(),
                body -> passed(response, requestId, known, path, method, sent, body, http1),
                refusal -> close(response, requestId, refusal));
    }

    private void passed(
            HttpServerResponse response,
            String requestId,
            Identification.Known known,
            ServicePath path,
            String method,
            MultiMap sent,
            byte[] body,
            boolean http1) {
        // the body may have taken a while: what decides is what holds now
        Fleet fleet = loop.fleets().current();
        Caller caller = fleet.tokens().find(known.token());
        if (caller == null) {
            identification.failed();
            refuse(response, requestId, Identification.unknown());
            return;
        }
        Optional<Service> service = fleet.catalogue().service(path.service());
        String credentialHeader = service.map(Service::credentialHeader).orElse("authorization");
        boolean hasHandles = service.filter(each -> !each.handles().isEmpty()).isPresent();
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        ServiceHeaders.toService(sent, credentialHeader, hasHandles, known.token(), headers::add);
        headers.set("accept-encoding", "identity");
        var asked = new Asked(path.service(), method, path.target(), headers, body);
        var call = new ServiceCall(
                loop, PASSED, response, requestId, fleet, new Identification.Known(caller, known.token()), asked);
        call.guarded(() -> admission.admit(
                call,
                sending ->
                        sending.to(new ServiceExchange(call, answer -> new PassedAnswer(call, http1).take(answer)))));
    }

    /// Takes an envelope of `POST /mesh/api`, unless it is for the models.
    ///
    /// @param models takes the others with the door that reads them; called on this loop, at once or later
    void takeEnvelope(
            HttpServerResponse response,
            String requestId,
            Fleet fleet,
            Identification.Known known,
            byte[] body,
            @Nullable String claimedAgent,
            Consumer<Door> models) {
        Consumer<Addressee> then = addressee -> {
            switch (addressee) {
                case CHAT -> models.accept(AgentRoutes.MESH);
                case EMBED -> models.accept(EmbedDoor.MESH);
                case SERVICE -> enveloped(response, requestId, fleet, known, body, claimedAgent);
            }
        };
        if (body.length <= MAX_READ_ON_LOOP) {
            then.accept(ServiceEnvelope.addressee(body));
            return;
        }
        loop.vertx()
                .executeBlocking(() -> ServiceEnvelope.addressee(body), false)
                .onComplete(read -> {
                    if (!response.closed()) {
                        then.accept(read.failed() ? Addressee.CHAT : read.result());
                    }
                });
    }

    private void enveloped(
            HttpServerResponse response,
            String requestId,
            Fleet fleet,
            Identification.Known known,
            byte[] body,
            @Nullable String claimedAgent) {
        if (body.length <= MAX_READ_ON_LOOP) {
            enveloped(response, requestId, fleet, known, ServiceEnvelope.read(body), claimedAgent);
            return;
        }
        loop.vertx()
                .executeBlocking(() -> ServiceEnvelope.read(body), false)
                .onComplete(
                        reading -> {
                            if (!response.closed()) {
                                enveloped(response, requestId, fleet, known, reading, claimedAgent);
                            }
                        },
                        _ -> ENVELOPED.refuse(response.putHeader("x-request-id", requestId), Refusal.unrecorded()));
    }

    private void enveloped(
            HttpServerResponse response,
            String requestId,
            Fleet fleet,
            Identification.Known known,
            Reading reading,
            @Nullable String claimedAgent) {
        switch (reading) {
            case Reading.Wrong(Refusal refusal) ->
                ENVELOPED.refuse(response.putHeader("x-request-id", requestId), refusal);
            case Reading.Whole(ServiceEnvelope envelope) -> {
                Service service = fleet.catalogue().service(envelope.service()).orElse(null);
                Resolved resolved =
                        service == null ? new Resolved.Request(envelope.unresolved()) : envelope.resolve(service);
                Asked asked = resolved instanceof Resolved.Request request ? request.asked() : envelope.unresolved();
                var call = new ServiceCall(loop, ENVELOPED, response, requestId, fleet, known, asked);
                Refusal claim = foreignClaim(known.caller(), claimedAgent, envelope.agentId());
                boolean allowed = fleet.policy().decide(known.caller().agent(), Operation.API, envelope.service())
                        instanceof Decision.Allowed;
                if (claim != null) {
                    call.decline(claim);
                } else if (allowed && resolved instanceof Resolved.None(Refusal refusal)) {
                    call.decline(refusal);
                } else {
                    call.expiresIn(envelope.timeoutMillis());
                    call.guarded(() -> admission.admit(
                            call,
                            sending -> sending.to(
                                    new ServiceExchange(call, answer -> new EnvelopedAnswer(call).take(answer)))));
                }
            }
        }
    }

    private static @Nullable Refusal foreignClaim(Caller caller, @Nullable String inQuery, @Nullable String inBody) {
        String id = caller.agent().value();
        boolean foreign = (inQuery != null && !inQuery.equals(id)) || (inBody != null && !inBody.equals(id));
        return foreign
                ? Refusal.of(Refusal.Kind.DENIED, "The token belongs to another agent than agent_id says", "agent_id")
                : null;
    }

    private static void notAllowed(HttpServerResponse response, String requestId) {
        var _ = response.setStatusCode(405)
                .putHeader("allow", String.join(", ", Service.METHODS))
                .putHeader("content-type", Shapes.JSON)
                .putHeader("x-request-id", requestId)
                .end(Buffer.buffer("{\"detail\":\"A service does not take this method\"}"));
    }

    /// `{"detail", "error_type"}` and, where money was the reason, `openlegion`: an ordinary SDK shows its text.
    private static void refusePassed(HttpServerResponse response, Refusal refusal) {
        String budget = Shapes.budget(refusal);
        var _ = Shapes.head(response, refusal)
                .end(Buffer.buffer("{\"detail\":" + Json.encode(refusal.message()) + ",\"error_type\":\""
                        + refusal.kind().reason() + "\"" + (budget == null ? "" : ",\"openlegion\":" + budget)
                        + "}"));
    }

    private static void refuse(HttpServerResponse response, String requestId, Refusal refusal) {
        if (!response.ended() && !response.closed()) {
            refusePassed(response.putHeader("x-request-id", requestId), refusal);
        }
    }

    /// Refuses and closes the connection, because the rest of what it carries is unread or in doubt.
    private static void close(HttpServerResponse response, String requestId, Refusal refusal) {
        if (response.streamId() < 0) {
            response.putHeader("connection", "close");
        }
        refuse(response, requestId, refusal);
    }
}
