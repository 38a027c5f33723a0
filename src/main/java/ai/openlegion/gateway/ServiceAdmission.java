package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.budget.Admission.Granted;
import ai.openlegion.budget.Admission.Refused;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.Quote;
import ai.openlegion.catalogue.Service;
import ai.openlegion.fabric.RateLimiter;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.proxy.ServiceClient;
import ai.openlegion.vault.LeakScan;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientRequest;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The path of a call of a service, top to bottom and as that of a model ([Admission]): may call it → rate → may use
/// the credentials it names → priced → held → credentials injected and sent; its answer is passed on, settled and
/// audited by who takes it.
final class ServiceAdmission {

    /// With these an empty body is a body, of length 0.
    private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

    private final Loop loop;
    private final ServiceClient client;
    private final RateLimiter rates;

    ServiceAdmission(Loop loop, ServiceClient client, RateLimiter rates) {
        this.loop = loop;
        this.client = client;
        this.rates = rates;
    }

    /// Decides an authenticated call whose request has been read whole.
    ///
    /// @param send called with the request once it may go; it sends it and takes the answer
    void admit(ServiceCall call, Consumer<Sending> send) {
        Refusal refusal = permit(call);
        if (refusal == null) {
            hold(call, send);
        } else {
            call.decline(refusal);
        }
    }

    /// A request that is ready but for its body.
    record Sending(ServiceCall call, HttpClientRequest request) {

        /// Sends it; what comes back is told the exchange.
        void to(ServiceExchange exchange) {
            byte[] body = call.asked.body();
            if (body.length > 0) {
                request.send(Buffer.buffer(body)).onComplete(exchange::answered);
                return;
            }
            if (WITH_BODY.contains(call.asked.method())) {
                request.putHeader("content-length", "0");
            }
            request.send().onComplete(exchange::answered);
        }
    }

    private @Nullable Refusal permit(ServiceCall call) {
        String name = call.asked.service();
        Decision decision = call.fleet.policy().decide(call.caller.agent(), Operation.API, name);
        call.decision = decision;
        if (decision instanceof Decision.Denied denied) {
            return Refusal.of(Refusal.Kind.DENIED, denied.message());
        }
        Service service = call.fleet.catalogue().service(name).orElse(null);
        if (service == null) {
            return Refusal.of(Refusal.Kind.UNKNOWN_SERVICE, "Unknown service: " + name, "service");
        }
        long seconds = rates.chargeService(call.caller.agent());
        if (seconds > 0) {
            return Refusal.later(Refusal.Kind.RATE_LIMITED, "Too many calls of services; see Retry-After", seconds);
        }
        if (service.credential() != null && key(call.fleet, service) == null) {
            return Refusal.of(Refusal.Kind.PROVIDER_AUTH, "No credential is configured for service " + name);
        }
        Refusal handles = permitHandles(call, service);
        if (handles == null) {
            call.service = service;
        }
        return handles;
    }

    private static @Nullable Refusal permitHandles(ServiceCall call, Service service) {
        ServiceHandles handles = ServiceHandles.of(service, call.asked);
        if (handles.flaw() != null) {
            return Refusal.of(Refusal.Kind.MALFORMED, handles.flaw());
        }
        switch (handles.decide(call.fleet, call.caller.agent())) {
            case ServiceHandles.Outcome.Denied(String name, Decision.Denied denied) -> {
                call.decision = denied;
                var _ = call.recordUse(name, "denied", denied.rule());
                return Refusal.of(Refusal.Kind.DENIED, denied.message());
            }
            case ServiceHandles.Outcome.Unknown(String name) -> {
                return Refusal.of(Refusal.Kind.MALFORMED, "Unknown credential: " + name);
            }
            case ServiceHandles.Outcome.Granted() -> {}
        }
        String misfit = handles.misfit(service, call.asked, call.fleet.vault());
        if (misfit != null) {
            return Refusal.of(Refusal.Kind.MALFORMED, misfit);
        }
        call.handles = handles;
        return null;
    }

    private static @Nullable Secret key(Fleet fleet, Service service) {
        String credential = service.credential();
        return credential == null ? null : fleet.vault().get(credential).orElse(null);
    }

    private void hold(ServiceCall call, Consumer<Sending> send) {
        if (!loop.audit().accepting()) {
            call.decline(Refusal.unrecorded());
            return;
        }
        // the price is fixed: nothing of it grows with what comes back
        var quote = new Quote(call.called().picoPerCall(), 0, 0, 0);
        switch (loop.ledger().admit(call.fleet.payer(call.caller.agent()), quote)) {
            case Granted granted -> held(call, granted.hold(), send);
            case Refused refused -> call.decline(Refusal.unpaid(loop, refused));
        }
    }

    private void held(ServiceCall call, Hold hold, Consumer<Sending> send) {
        call.holds(hold);
        if (call.response.closed()) {
            call.abandon(); // the client hung up before anybody listened for it
            return;
        }
        if (hold.durable()) {
            connect(call, send);
            return;
        }
        loop.ledger()
                .whenDurable(
                        hold,
                        durable -> loop.context().runOnContext(_ -> {
                            if (call.isEnded()) {
                                return;
                            }
                            if (durable) {
                                call.guarded(() -> connect(call, send));
                            } else {
                                call.storeFailed();
                                call.decline(Refusal.unrecorded());
                            }
                        }));
    }

    private void connect(ServiceCall call, Consumer<Sending> send) {
        if (call.held().cut()) {
            call.cutForBudget("The budget was lowered under what this call holds");
            return;
        }
        if (!stillPermitted(call)) {
            return;
        }
        Service service = call.called();
        Seats.Seat seat = loop.seats().atService(service.name(), call.caller.agent());
        if (seat == null) {
            String message = "Too many calls of this agent are under way at this service";
            call.fail(Refusal.later(Refusal.Kind.UNAVAILABLE, message, 1), "refused");
            return;
        }
        call.takes(seat);
        ServiceHandles.Filled filled = call.handles.fill(service, call.asked, call.fleet.vault());
        scan(call)
                .compose(_ -> client.request(service, call.asked.method(), filled.target(), key(call.fleet, service)))
                .onComplete(connection -> {
                    seat.connected();
                    if (connection.succeeded()) {
                        call.guarded(() -> send(call, connection.result(), filled.headers(), send));
                    } else {
                        call.fail(unreachable(connection.cause()), "failed");
                    }
                });
    }

    /// Has the search of what will come back made, away from the event loop where that takes long; every agent may
    /// bring
    /// it about by storing something.
    private Future<Boolean> scan(ServiceCall call) {
        Predicate<String> covers = name ->
                call.fleet.policy().decide(call.caller.agent(), Operation.CREDENTIAL, name) instanceof Decision.Allowed;
        Vault vault = call.fleet.vault();
        Optional<LeakScan> made = vault.madeScan(covers);
        if (made.isPresent()) {
            call.scan = made.get();
            return Future.succeededFuture(true);
        }
        return loop.context().executeBlocking(() -> vault.scan(covers), false).map(scan -> {
            call.scan = scan;
            return true;
        });
    }

    private void send(ServiceCall call, HttpClientRequest request, MultiMap headers, Consumer<Sending> send) {
        if (call.isEnded() || !stillPermitted(call)) {
            var _ = request.reset();
            return;
        }
        headers.forEach(header -> request.headers().add(header.getKey(), header.getValue()));
        for (ServiceHandles.Use use : call.handles.uses(call.fleet, call.caller.agent())) {
            if (!call.recordUse(use.credentials(), "allowed", use.rules())) {
                var _ = request.reset(); // nothing is used that is not recorded
                call.fail(Refusal.unrecorded(), "refused");
                return;
            }
        }
        call.sends(request);
        send.accept(new Sending(call, request));
    }

    /// What was permitted may have waited for the store or a connection: what was revoked or changed meanwhile does
    /// not go.
    private boolean stillPermitted(ServiceCall call) {
        Fleet current = loop.fleets().current();
        if (current.equals(call.fleet)) {
            return true;
        }
        Service service = call.called();
        boolean permitted = call.isStillKnownTo(current)
                && current.policy().decide(call.caller.agent(), Operation.API, service.name())
                        instanceof Decision.Allowed
                && current.catalogue()
                        .service(service.name())
                        .filter(service::equals)
                        .isPresent()
                && call.handles.decide(current, call.caller.agent()) instanceof ServiceHandles.Outcome.Granted
                && call.fleet.vault().hasSame(service.credential(), current.vault())
                && call.handles.areSame(call.fleet.vault(), current.vault());
        if (!permitted) {
            call.cut(Refusal.of(
                    Refusal.Kind.REVOKED,
                    "The agent's permission was revoked, or the service or a credential changed"));
        }
        return permitted;
    }

    private static Refusal unreachable(Throwable cause) {
        return cause instanceof ConnectionPoolTooBusyException
                ? Refusal.later(Refusal.Kind.UNAVAILABLE, "Too many calls wait for this service", 1)
                : Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The service cannot be reached");
    }
}
