package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.budget.Basis;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Outcome;
import ai.openlegion.budget.Quote;
import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Model;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Caller;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.ChatUsage;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// One call on its way: who makes it, what it holds, and the one place where it is settled, audited and ended.
///
/// It lives on one event loop. Whatever happens to it (an answer, a refusal, a cut, a client that hangs up) ends in
/// exactly one of [#finish], [#fail] and [#abandon], and each of these settles first.
final class Call {

    private static final Logger LOG = System.getLogger("openlegion.gateway");

    /// How far the provider has come, and so what an early end may have cost.
    enum Progress {
        /// Nothing was sent: the hold goes back.
        NOT_SENT,
        /// Sent and not answered: the provider may be producing all of it.
        SENT,
        /// Refused with an error status before any content: the hold goes back.
        REFUSED,
        /// Content has come.
        ANSWERING
    }

    final Loop loop;
    final Door door;
    final HttpServerResponse response;
    final String requestId;
    final Fleet fleet;
    final Caller caller;
    private final String token;

    @Nullable
    CallRequest request;

    @Nullable
    Model model;

    @Nullable
    Quote quote;

    @Nullable
    Decision decision;

    private @Nullable Hold hold;
    private @Nullable HttpClientRequest upstreamRequest;
    private @Nullable StreamedAnswer stream;
    String upstreamRequestId = "";
    Progress progress = Progress.NOT_SENT;
    private boolean settled;
    private boolean ended;
    private boolean upstreamDone;
    private int endedTick;
    private int lastTick;
    private int deadlineTick = Integer.MAX_VALUE;
    private int patienceTicks;
    private Door.@Nullable Receipt receipt;

    Call(
            Loop loop,
            Door door,
            HttpServerResponse response,
            String requestId,
            Fleet fleet,
            Caller caller,
            String token) {
        this.loop = loop;
        this.door = door;
        this.response = response;
        this.requestId = requestId;
        this.fleet = fleet;
        this.caller = caller;
        this.token = token;
        lastTick = loop.calls().tick();
    }

    /// Whether the response has been ended or given up: whatever arrives now is too late.
    boolean isEnded() {
        return ended;
    }

    boolean isStillKnownTo(Fleet current) {
        Caller known = current.tokens().find(token);
        return known != null && known.agent().equals(caller.agent());
    }

    CallRequest chat() {
        return known(request);
    }

    Model chosen() {
        return known(model);
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

    /// The money is set aside: from here on the call is among those that can be cut.
    void holds(Hold granted) {
        hold = granted;
        patienceTicks = CallRegistry.ticks(loop.limits().firstTokenTimeoutSeconds() * 1000L);
        heard();
        loop.calls().add(granted.id(), this);
        response.exceptionHandler(_ -> abandon());
        response.closeHandler(_ -> abandon());
    }

    void sends(HttpClientRequest sent, long patienceMillis) {
        upstreamRequest = sent;
        progress = Progress.SENT;
        patienceTicks = CallRegistry.ticks(patienceMillis);
        heard();
    }

    /// A part of the answer has come: from now on only silence ends it.
    void answers(long patienceMillis) {
        progress = Progress.ANSWERING;
        patienceTicks = CallRegistry.ticks(patienceMillis);
        heard();
    }

    /// Runs a step of the call; a bug in it ends the call instead of leaving it, and its hold, hanging.
    void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException bug) {
            LOG.log(Level.ERROR, "call failed request=" + requestId, bug);
            fail(Refusal.of(Refusal.Kind.UNAVAILABLE, "Something went wrong in the mesh; its log says what"), "failed");
        }
    }

    /// The caller waits no longer than this in all.
    void expiresIn(long millis) {
        deadlineTick = loop.calls().tick() + CallRegistry.ticks(millis);
    }

    /// The provider has said something: its patience starts anew.
    void heard() {
        lastTick = loop.calls().tick();
    }

    void streams(StreamedAnswer answer) {
        stream = answer;
    }

    void onTick(int tick) {
        if (ended) {
            if (tick - endedTick > CallRegistry.ticks(5_000)) {
                closeUpstream(); // a provider that never ends its answer keeps no connection
            }
            return;
        }
        boolean silent = tick - lastTick > patienceTicks && (stream == null || !stream.isPaused());
        if (silent || tick > deadlineTick) {
            fail(Refusal.of(Refusal.Kind.TIMED_OUT, "The provider did not answer in time"), "timed out");
        } else if (stream != null) {
            stream.onTick(tick);
        }
    }

    /// Ends the call with a whole, settled answer; the caller has written or is about to write the response.
    Door.Receipt settleByUsage(@Nullable ChatUsage usage, long lowerBound, long upperBound) {
        if (usage == null) {
            return settleBySight(upperBound);
        }
        boolean tooFew = usage.outputTokens() < lowerBound;
        ChatUsage counted = tooFew ? new ChatUsage(usage.inputTokens(), usage.cachedTokens(), lowerBound) : usage;
        long cost;
        try {
            cost = Costs.cost(chosen(), counted);
        } catch (ArithmeticException beyondMeasure) {
            // more than can be added up is more than was held: booked as such, which freezes the account
            LOG.log(Level.WARNING, "usage beyond any account request={0}", requestId);
            return settle(new ChatUsage(0, 0, lowerBound), held().pico() + 1, 0, Basis.USAGE);
        }
        return settle(counted, cost, 0, tooFew ? Basis.DELTAS : Basis.USAGE);
    }

    /// Settles without the provider's figures: the most that was seen, and the rest stays in doubt, because the
    /// provider may have produced it.
    private Door.Receipt settleBySight(long upperBound) {
        Quote bound = known(quote);
        Hold mine = held();
        long tokens = Math.min(upperBound, saturatedProduct(mine.outputTokens(), chat().choices()));
        long perToken = bound.picoPerOutputToken() / chat().choices();
        long spent = Math.min(mine.pico(), bound.inputPico() + saturatedProduct(tokens, perToken));
        long doubt = chosen().provider().stopsOnDisconnect() ? 0 : mine.pico() - spent;
        return settle(new ChatUsage(0, 0, tokens), spent, doubt, Basis.UPPER_BOUND);
    }

    private static long saturatedProduct(long a, long b) {
        return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE / 4;
    }

    private void settleEarly() {
        if (settled || hold == null) {
            return;
        }
        switch (progress) {
            case NOT_SENT, REFUSED -> {
                settled = true;
                var _ = loop.ledger().settle(hold, Outcome.released(requestId, 1, chosen().id()));
            }
            case SENT -> {
                // Nothing seen, nothing booked; but unlike a stream, a whole answer may be made and not yet shown
                boolean seesAsMade = stream != null && chosen().provider().stopsOnDisconnect();
                long doubt = seesAsMade ? Math.min(hold.pico(), known(quote).inputPico()) : hold.pico();
                var _ = settle(new ChatUsage(0, 0, 0), 0, doubt, Basis.UPPER_BOUND);
            }
            case ANSWERING -> {
                if (stream == null) {
                    var _ = settleBySight(0);
                } else {
                    var _ = settleByUsage(stream.finalUsage(), stream.lowerBound(), stream.upperBound());
                }
            }
        }
    }

    private Door.Receipt settle(ChatUsage usage, long spent, long doubt, Basis basis) {
        if (settled) {
            throw new IllegalStateException("settled twice");
        }
        settled = true;
        String id = chosen().id();
        var outcome = new Outcome(
                requestId, 1, id, usage.inputTokens(), usage.outputTokens(), usage.cachedTokens(), spent, doubt, basis);
        try {
            if (loop.ledger().settle(held(), outcome).froze()) {
                LOG.log(Level.WARNING, "provider billed more than was held agent={0} model={1}", caller.agent(), id);
            }
        } catch (ArithmeticException beyondTheAccount) {
            // the ledger has booked the whole hold as unreconciled and frozen the account
            LOG.log(Level.WARNING, "a bill beyond the account agent={0} model={1}", caller.agent(), id);
        }
        var made = new Door.Receipt(id, usage.inputTokens(), usage.outputTokens(), spent);
        receipt = made;
        return made;
    }

    /// The ledger has released the hold itself, because it could not be made durable.
    void storeFailed() {
        settled = true;
        leave();
    }

    /// The answer is out and settled.
    void finish(String decided) {
        audit(decided);
        end();
    }

    /// Ends the call with a refusal in its door's words, or with an error inside the stream that has begun.
    void fail(Refusal refusal, String decided) {
        if (ended) {
            return;
        }
        settleEarly();
        audit(decided + ": " + refusal.kind().reason());
        boolean begun = stream != null && stream.hasBegun();
        end();
        closeUpstream();
        if (begun && stream != null) {
            stream.endWith(door.failure(refusal));
        } else {
            refuse(refusal);
        }
    }

    /// Ends the call because its money is gone, with the state of the account that binds it.
    void cutForBudget(String message) {
        cut(Refusal.cut(loop, held(), message));
    }

    /// Ends the call because the mesh wants it to: well-formed and final, no content after it.
    void cut(Refusal refusal) {
        if (ended) {
            return;
        }
        settleEarly();
        audit("cut: " + refusal.kind().reason());
        end();
        closeUpstream();
        if (stream != null && stream.hasBegun()) {
            stream.cut(refusal);
        } else {
            refuse(refusal);
        }
    }

    /// The client is gone: the provider's connection is closed and what it may have produced is booked.
    void abandon() {
        if (ended) {
            return;
        }
        settleEarly();
        audit("client gone");
        end();
        closeUpstream();
    }

    /// From here on nothing that the provider says or does counts, not even that its stream was reset.
    private void end() {
        ended = true;
        endedTick = loop.calls().tick();
        if (upstreamDone || upstreamRequest == null) {
            leave();
        }
    }

    /// The provider's answer has been read to its end, so its connection is free again.
    void upstreamEnded() {
        upstreamDone = true;
        if (ended) {
            leave();
        }
    }

    private void leave() {
        if (hold != null) {
            loop.calls().remove(hold.id());
        }
    }

    private void closeUpstream() {
        if (upstreamRequest != null && !upstreamDone) {
            upstreamDone = true;
            var _ = upstreamRequest.reset();
        }
        if (ended) {
            leave();
        }
    }

    /// Refuses a call that has begun no response.
    void refuse(Refusal refusal) {
        ended = true;
        if (response.ended() || response.closed()) {
            return;
        }
        headers();
        door.refuse(response, refusal);
    }

    /// The headers every response carries: whose request it was and what the agent had left.
    void headers() {
        response.putHeader("x-request-id", upstreamRequestId.isEmpty() ? requestId : upstreamRequestId);
        if (hold != null && hold.remainingPico() != Limits.UNLIMITED) {
            response.putHeader("x-openlegion-budget-remaining-usd", Usd.decimal(hold.remainingPico()));
        }
    }

    /// Records a decision about this call; its cost is what was settled.
    void audit(String decided) {
        Decision by = decision;
        var _ = loop.audit()
                .offer(new AuditEntry(
                        loop.clock().millis(),
                        caller.agent().value(),
                        door.action(),
                        model != null ? model.id() : request == null ? "" : request.model(),
                        decided,
                        by == null ? "" : by.rule(),
                        fleet.revision(),
                        requestId,
                        upstreamRequestId,
                        receipt == null ? 0 : receipt.costPico()));
    }
}
