package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.budget.Hold;
import ai.openlegion.catalogue.Model;
import ai.openlegion.dialect.Usage;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.Caller;
import ai.openlegion.proxy.CallRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// One call on its way: who makes it, which attempt it is at, and the one place where it is audited and ended.
///
/// It lives on one event loop. Whatever happens to it (an answer, a refusal, a cut, a client that hangs up) ends in
/// exactly one of [#finish], [#fail] and [#abandon], and each of these settles first.
final class Call implements InFlight {

    private static final Logger LOG = System.getLogger("openlegion.gateway");

    final Loop loop;
    final Door door;
    final HttpServerResponse response;
    final String path;
    final String requestId;
    final Fleet fleet;
    final Caller caller;
    private final String token;

    /// What the client sent along; a provider that speaks its dialect gets the vendor's own of them.
    final MultiMap requestHeaders;

    @Nullable
    CallRequest request;

    @Nullable
    Model model;

    @Nullable
    Decision decision;

    private @Nullable Candidates candidates;
    private @Nullable Runnable askNext;
    private Idempotency.@Nullable Running keyed;
    private @Nullable Attempt attempt;
    private @Nullable StreamedAnswer stream;
    private boolean between;
    private boolean paid;
    final ResponseHead head = new ResponseHead(this);
    private boolean ended;
    private int endedTick;
    private int lastTick;
    private int deadlineTick = Integer.MAX_VALUE;
    private int patienceTicks;

    Call(Loop loop, Door door, HttpServerRequest request, String requestId, Fleet fleet, Caller caller, String token) {
        this.loop = loop;
        this.door = door;
        response = request.response();
        String asked = request.path();
        path = asked == null ? "" : asked;
        requestHeaders = request.headers();
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

    @Override
    public boolean isStillKnownTo(Fleet current) {
        Caller known = current.tokens().find(token);
        return known != null && known.agent().equals(caller.agent());
    }

    CallRequest chat() {
        return known(request);
    }

    Model chosen() {
        return known(model);
    }

    /// Who may answer it, and how the next of them is asked.
    void asks(Candidates all, Runnable next) {
        candidates = all;
        askNext = next;
    }

    /// Who may still answer it.
    Candidates candidates() {
        return known(candidates);
    }

    /// It carries an `Idempotency-Key` that nobody has used for anything that was paid.
    void isKeyed(Idempotency.Running known) {
        keyed = known;
    }

    /// The whole answer that is about to be sent.
    void sendsWhole(byte[] body) {
        if (keyed != null) {
            keyed.answers(body);
        }
    }

    /// The try that is under way, or was the last.
    Attempt attempt() {
        return known(attempt);
    }

    /// The number of the next try, from 1.
    int nextAttempt() {
        return attempt == null ? 1 : attempt.number + 1;
    }

    Hold held() {
        return attempt().hold;
    }

    /// Whether the provider that is asked gets and gives the client's own words.
    boolean isVerbatim() {
        return attempt().candidate().spoken() == door.dialect();
    }

    private static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the call has not come that far");
        }
        return value;
    }

    /// The money is set aside: from here on the call is among those that can be cut.
    void tries(Attempt next) {
        Attempt last = attempt;
        attempt = next;
        between = false;
        patienceTicks = CallRegistry.ticks(loop.limits().firstTokenTimeoutSeconds() * 1000L);
        heard();
        loop.calls().add(next.hold.id(), this);
        if (last != null) {
            last.leave();
        } else {
            response.exceptionHandler(_ -> abandon());
            response.closeHandler(_ -> abandon());
        }
    }

    void sends(HttpClientRequest sent, long patienceMillis) {
        attempt().sends(sent);
        patienceTicks = CallRegistry.ticks(patienceMillis);
        heard();
    }

    /// A part of the answer has come: from now on only silence ends it.
    void answers(long patienceMillis) {
        attempt().answers();
        patienceTicks = CallRegistry.ticks(patienceMillis);
        heard();
    }

    /// Runs a step of the call; a bug in it ends the call instead of leaving it, and its hold, hanging.
    @Override
    public void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException bug) {
            LOG.log(Level.ERROR, "call failed request=" + requestId, bug);
            fail(Refusal.of(Refusal.Kind.UNAVAILABLE, "Something went wrong in the mesh; its log says what"), "failed");
        }
    }

    /// The caller waits no longer than this in all, for however many attempts.
    void expiresIn(long millis) {
        if (deadlineTick == Integer.MAX_VALUE) {
            deadlineTick = loop.calls().tick() + CallRegistry.ticks(millis);
        }
    }

    /// Whether what this attempt still brings is too late: another one is under way, or the call has ended.
    boolean isOver(Attempt of) {
        return ended || between || attempt != of;
    }

    /// The client has got some of the answer: nobody else can give it.
    void told() {
        candidates().clear();
        chat().forget();
    }

    /// An attempt has failed. Where the client has none of its answer and another model is left, that one is asked;
    /// else the call ends with this refusal.
    ///
    /// @param why null where another model would fail as well
    void failed(Attempt failed, @Nullable Failure why, Refusal refusal) {
        if (isOver(failed)) {
            return;
        }
        if (why != null) {
            failed.failed(why);
        }
        boolean hasTold = stream != null && stream.hasTold();
        Runnable next = askNext;
        if (why == null || hasTold || next == null || !candidates().any()) {
            fail(refusal, refusal.kind().ending());
            return;
        }
        settleEarly();
        audit("failed over: " + why.word());
        between = true;
        failed.closeUpstream();
        if (stream != null) {
            stream.discard();
        }
        head.clear();
        candidates().failed(refusal);
        heard();
        guarded(next);
    }

    /// The provider has said something: its patience starts anew.
    void heard() {
        lastTick = loop.calls().tick();
    }

    void streams(StreamedAnswer answer) {
        stream = answer;
    }

    @Override
    public void onTick(int tick) {
        if (ended) {
            if (tick - endedTick > CallRegistry.ticks(5_000)) {
                closeUpstream(); // a provider that never ends its answer keeps no connection
            }
            return;
        }
        boolean silent = tick - lastTick > patienceTicks && (stream == null || !stream.isPaused());
        if (tick > deadlineTick || (silent && between)) {
            fail(Refusal.of(Refusal.Kind.TIMED_OUT, "The provider did not answer in time"), "timed out");
        } else if (silent) {
            failed(
                    attempt(),
                    attempt().isSent() ? Failure.TIMEOUT : Failure.WAITED,
                    Refusal.of(Refusal.Kind.TIMED_OUT, "The provider did not answer in time"));
        } else if (stream != null) {
            stream.onTick(tick);
        }
    }

    /// Settles a whole answer; the caller has written or is about to write the response.
    Door.Receipt settleByUsage(@Nullable Usage usage, long lowerBound, long upperBound) {
        return attempt().settleByUsage(usage, lowerBound, upperBound);
    }

    private void settleEarly() {
        if (attempt != null && !between) {
            attempt.settleEarly(stream);
            paid |= attempt.isPaid();
        }
    }

    /// The answer is whole and settled.
    void finish() {
        attempt().succeeded();
        paid = true;
        audit("allowed");
        end(Idempotency.Outcome.answered(stream != null));
    }

    /// The call is answered without being paid.
    void endsFree(String decided) {
        audit(decided);
        end(Idempotency.Outcome.answered(false));
    }

    /// Ends the call with a refusal in its door's words, or with an error inside the stream that has begun.
    void fail(Refusal refusal, String decided) {
        if (ended) {
            return;
        }
        settleEarly();
        audit(decided + ": " + refusal.kind().reason());
        boolean begun = stream != null && stream.hasBegun();
        end(begun ? Idempotency.Outcome.answered(true) : Idempotency.Outcome.refused(refusal));
        closeUpstream();
        if (begun && stream != null) {
            stream.fail(refusal);
        } else {
            refuse(refusal);
        }
    }

    /// Ends the call because its money is gone, with the state of the account that binds it.
    @Override
    public void cutForBudget(String message) {
        cut(Refusal.cut(loop, held(), message));
    }

    /// Ends the call because the mesh wants it to: well-formed and final, no content after it.
    @Override
    public void cut(Refusal refusal) {
        if (ended) {
            return;
        }
        settleEarly();
        audit("cut: " + refusal.kind().reason());
        boolean begun = stream != null && stream.hasBegun();
        end(begun ? Idempotency.Outcome.answered(true) : Idempotency.Outcome.refused(refusal));
        closeUpstream();
        if (begun && stream != null) {
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
        end(Idempotency.Outcome.answered(stream != null));
        closeUpstream();
    }

    /// From here on nothing that the provider says or does counts, not even that its stream was reset.
    private void end(Idempotency.Outcome outcome) {
        ended = true;
        if (keyed != null) {
            keyed.end(paid ? outcome : null);
        }
        endedTick = loop.calls().tick();
        if (attempt != null && attempt.isUpstreamDone()) {
            attempt.leave();
        }
    }

    /// The provider's answer has been read to its end, so its connection is free again.
    void upstreamEnded(Attempt of) {
        of.upstreamEnded();
        if (ended) {
            of.leave();
        }
    }

    private void closeUpstream() {
        if (attempt != null) {
            attempt.closeUpstream();
            attempt.leave();
        }
    }

    /// Ends a response that has not begun.
    private void refuse(Refusal refusal) {
        if (response.ended() || response.closed()) {
            return;
        }
        headers();
        door.refuse(response, head.requestId(), refusal);
    }

    /// Writes what every response says before its body.
    void headers() {
        head.write(attempt, candidates == null ? null : candidates.asked());
    }

    /// Records a decision about this call; its cost is what was settled.
    void audit(String decided) {
        Decision by = decision;
        Door.Receipt receipt = attempt == null || between ? null : attempt.receipt();
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
                        head.upstreamRequestId(),
                        receipt == null ? 0 : receipt.costPico()));
    }
}
