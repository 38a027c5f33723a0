package ai.openlegion.gateway;

import static java.util.Objects.requireNonNull;

import ai.openlegion.acl.Decision;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.budget.Basis;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Outcome;
import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Service;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Caller;
import ai.openlegion.vault.LeakScan;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// One call of a service on its way: who makes it, what it holds, and the one place where it is settled, audited and
/// ended; what [Call] is to a model.
///
/// It lives on one event loop. It is settled once: when the service's status comes, or earlier where it ends before.
final class ServiceCall implements InFlight {

    private static final Logger LOG = System.getLogger("openlegion.gateway");
    private static final int LONGEST_RESOURCE = 240;

    /// What an agent asks of a service.
    ///
    /// @param target below the service's base URL, with its query
    /// @param headers to send on, already without those that stay here
    record Asked(String service, String method, String target, io.vertx.core.MultiMap headers, byte[] body) {

        /// For the audit: the path without the query, which may hold what only the service should see.
        String resource() {
            int question = target.indexOf('?');
            String path = question < 0 ? target : target.substring(0, question);
            String text = service + " " + method + " " + path;
            return text.length() <= LONGEST_RESOURCE ? text : text.substring(0, LONGEST_RESOURCE) + "…";
        }
    }

    private enum Progress {
        /// Nothing was sent: the hold goes back.
        NOT_SENT,
        /// Sent and not answered: the service may have done it, so the price is in doubt.
        SENT,
        /// The status has come and with it the settlement.
        SETTLED
    }

    final Loop loop;
    final ServiceVoice voice;
    final HttpServerResponse response;
    final String requestId;
    final Fleet fleet;
    final Caller caller;
    final Asked asked;
    private final String token;

    @Nullable
    Service service;

    @Nullable
    Decision decision;

    /// Those that are put in as it is sent.
    ServiceHandles handles = ServiceHandles.NONE;

    String upstreamRequestId = "";
    private @Nullable Hold hold;
    private @Nullable HttpClientRequest upstreamRequest;
    private @Nullable BodyPassage running;
    private HeldBytes.@Nullable Share collected;
    private Seats.@Nullable Seat seat;

    @Nullable
    LeakScan scan;

    private Progress progress = Progress.NOT_SENT;
    private long costPico;
    private boolean ended;
    private boolean upstreamDone;
    private int endedTick;
    private int lastTick;
    private int patienceTicks;
    private int deadlineTick = Integer.MAX_VALUE;

    ServiceCall(
            Loop loop,
            ServiceVoice voice,
            HttpServerResponse response,
            String requestId,
            Fleet fleet,
            Identification.Known known,
            Asked asked) {
        this.loop = loop;
        this.voice = voice;
        this.response = response;
        this.requestId = requestId;
        this.fleet = fleet;
        this.caller = known.caller();
        this.token = known.token();
        this.asked = asked;
        patienceTicks = CallRegistry.ticks(loop.limits().firstTokenTimeoutSeconds() * 1000L);
        heard();
    }

    boolean isEnded() {
        return ended;
    }

    Service called() {
        return known(service);
    }

    Hold held() {
        return known(hold);
    }

    private static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the call has not come that far");
        }
        return value;
    }

    @Override
    public boolean isStillKnownTo(Fleet current) {
        Caller known = current.tokens().find(token);
        return known != null && known.agent().equals(caller.agent());
    }

    @Override
    public void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException bug) {
            LOG.log(Level.ERROR, "call of a service failed request=" + requestId, bug);
            fail(Refusal.of(Refusal.Kind.UNAVAILABLE, "Something went wrong in the mesh; its log says what"), "failed");
        }
    }

    /// The caller waits no longer than this in all.
    void expiresIn(long millis) {
        deadlineTick = loop.calls().tick() + CallRegistry.ticks(millis);
    }

    /// The money is set aside: from here on the call is among those that can be cut.
    void holds(Hold granted) {
        hold = granted;
        heard();
        loop.calls().add(granted.id(), this);
        response.exceptionHandler(_ -> abandon());
        response.closeHandler(_ -> abandon());
    }

    /// The request goes out now.
    void sends(HttpClientRequest sent) {
        upstreamRequest = sent;
        progress = Progress.SENT;
        heard();
    }

    /// The service has said something: its patience starts anew.
    void heard() {
        lastTick = loop.calls().tick();
    }

    /// The service's status has come, which decides: what it did costs its price, what it refused costs nothing.
    void answered(boolean done) {
        progress = Progress.SETTLED;
        patienceTicks = CallRegistry.ticks(loop.limits().readIdleSeconds() * 1000L);
        heard();
        settle(done ? called().picoPerCall() : 0, 0, done ? Basis.USAGE : Basis.RELEASED);
    }

    /// The answer's body is on its way to the agent.
    void passesOn(BodyPassage body) {
        running = body;
    }

    /// The answer is collected whole, and takes this room.
    void collects(HeldBytes.Share room) {
        collected = room;
    }

    /// What was collected is out, or is not wanted any more.
    void isTold() {
        if (collected != null) {
            collected.giveBack();
        }
    }

    private void settleEarly() {
        Hold mine = hold;
        if (mine == null) {
            return;
        }
        switch (progress) {
            case NOT_SENT -> settle(0, 0, Basis.RELEASED);
            case SENT -> settle(0, mine.pico(), Basis.UPPER_BOUND);
            case SETTLED -> {}
        }
        progress = Progress.SETTLED;
    }

    private void settle(long spent, long doubt, Basis basis) {
        costPico = spent;
        String name = called().name();
        Outcome outcome = basis == Basis.RELEASED
                ? Outcome.released(requestId, 1, name)
                : new Outcome(requestId, 1, name, 0, 0, 0, spent, doubt, basis);
        try {
            var _ = loop.ledger().settle(held(), outcome);
        } catch (ArithmeticException beyondTheAccount) {
            // the ledger has booked the whole hold as unreconciled and frozen the account
            LOG.log(Level.WARNING, "a price beyond the account agent={0} service={1}", caller.agent(), name);
        }
    }

    /// The ledger has released the hold itself, because it could not be made durable.
    void storeFailed() {
        progress = Progress.SETTLED;
        leave();
    }

    @Override
    public void onTick(int tick) {
        if (ended) {
            if (tick - endedTick > CallRegistry.ticks(5_000)) {
                closeUpstream(); // a service that never ends its answer keeps no connection
            }
            return;
        }
        BodyPassage body = running;
        boolean silent = tick - lastTick > patienceTicks && (body == null || !body.isPaused());
        if (silent || tick > deadlineTick) {
            fail(Refusal.of(Refusal.Kind.TIMED_OUT, "The service did not answer in time"), "timed out");
        } else if (body != null) {
            body.onTick(tick);
        }
    }

    /// The answer is out whole, or about to be written.
    void finish() {
        audit("allowed");
        end();
    }

    /// Ends the call with a refusal; where part of the answer is out already, the response breaks off instead.
    void fail(Refusal refusal, String decided) {
        stop(refusal, decided + ": " + refusal.kind().reason());
    }

    @Override
    public void cut(Refusal refusal) {
        stop(refusal, "cut: " + refusal.kind().reason());
    }

    @Override
    public void cutForBudget(String message) {
        cut(Refusal.cut(loop, held(), message));
    }

    private void stop(Refusal refusal, String decided) {
        if (ended) {
            return;
        }
        settleEarly();
        audit(decided);
        end();
        closeUpstream();
        refuse(refusal);
    }

    /// The agent is gone, or reads nothing.
    void abandon() {
        if (ended) {
            return;
        }
        settleEarly();
        audit("client gone");
        end();
        closeUpstream();
    }

    /// Refuses a call that holds nothing.
    void decline(Refusal refusal) {
        if (ended) {
            return;
        }
        audit((refusal.kind() == Refusal.Kind.DENIED ? "denied: " : "refused: ")
                + refusal.kind().reason());
        ended = true;
        refuse(refusal);
    }

    private void refuse(Refusal refusal) {
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            var _ = response.reset(); // an answer that stops short is never a success
            return;
        }
        headers();
        voice.refuse(response, refusal);
    }

    private void end() {
        ended = true;
        endedTick = loop.calls().tick();
        if (upstreamDone || upstreamRequest == null) {
            leave();
        }
    }

    /// The service's answer has been read to its end, so its connection is free again.
    void upstreamEnded() {
        upstreamDone = true;
        if (ended) {
            leave();
        }
    }

    void takes(Seats.Seat taken) {
        seat = taken;
    }

    private void leave() {
        if (seat != null) {
            seat.leave();
        }
        if (hold != null) {
            loop.calls().remove(hold.id());
        }
    }

    private void closeUpstream() {
        isTold();
        if (upstreamRequest != null && !upstreamDone) {
            upstreamDone = true;
            var _ = upstreamRequest.reset();
        }
        if (ended) {
            leave();
        }
    }

    /// The headers every response carries: whose request it was, what it cost and what the agent had left.
    void headers() {
        response.putHeader("x-request-id", upstreamRequestId.isEmpty() ? requestId : upstreamRequestId);
        if (hold != null && hold.remainingPico() != Limits.UNLIMITED) {
            response.putHeader("x-openlegion-budget-remaining-usd", Usd.decimal(hold.remainingPico()));
        }
        if (hold != null && progress == Progress.SETTLED) {
            response.putHeader("x-openlegion-cost-usd", Usd.decimal(costPico));
        }
    }

    private void audit(String decided) {
        Decision by = decision;
        var _ = record("service.call", asked.resource(), decided, by == null ? "" : by.rule(), costPico);
    }

    /// Records that credentials were named by their handles, and what was decided; false where that cannot be recorded.
    boolean recordUse(String credentials, String decided, String rules) {
        return record("vault.use", credentials + " for " + asked.service(), decided, rules, 0);
    }

    private boolean record(String action, String resource, String decided, String rule, long pico) {
        return loop.audit()
                .offer(new AuditEntry(
                        loop.clock().millis(),
                        caller.agent().value(),
                        action,
                        resource,
                        decided,
                        rule,
                        fleet.revision(),
                        requestId,
                        upstreamRequestId,
                        pico));
    }

    /// The search of what comes back: for the operator's credentials, and for those of agents that this one may use.
    LeakScan scan() {
        return requireNonNull(scan, "made before anything is sent");
    }
}
