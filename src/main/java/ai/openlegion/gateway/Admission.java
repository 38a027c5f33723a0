package ai.openlegion.gateway;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.budget.Admission.Granted;
import ai.openlegion.budget.Admission.Refused;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.Quote;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Provider;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import ai.openlegion.proxy.CallRequest.Scan;
import ai.openlegion.proxy.Codecs;
import ai.openlegion.proxy.Upstream;
import ai.openlegion.vault.Secret;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpVersion;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The path of a call, top to bottom: who calls → well-formed → may use the model → may use the API → priced → held →
/// sent → metered → settled → audited. Each step can end it; what is refused here never reaches a provider and leaves
/// no money held.
final class Admission {

    /// A larger body, in bytes, is scanned off the event loop, which others wait for: some 5 ms of work.
    static final int MAX_SCANNED_ON_LOOP = 1024 * 1024;

    private final Loop loop;

    Admission(Loop loop) {
        this.loop = loop;
    }

    /// Decides an authenticated call whose body has been read whole.
    void admit(Call call, byte[] body, HttpVersion version, @Nullable String claimedAgent) {
        Refusal flaw = Repetition.flaw(call);
        if (flaw != null) {
            refuse(call, flaw);
            return;
        }
        if (body.length <= MAX_SCANNED_ON_LOOP) {
            decide(call, Read.of(call, body), version, claimedAgent);
            return;
        }
        loop.vertx()
                .<Read>executeBlocking(() -> Read.of(call, body), false)
                .onComplete(scan -> call.guarded(() -> {
                    if (scan.succeeded() && !call.response.closed()) {
                        decide(call, scan.result(), version, claimedAgent);
                    } else {
                        refuse(call, Refusal.unrecorded());
                    }
                }));
    }

    /// A body that has been read.
    ///
    /// @param hash what it is known by; null where the call has no key
    private record Read(Scan scan, byte @Nullable [] hash) {

        static Read of(Call call, byte[] body) {
            return new Read(call.door.scan(body), Repetition.hash(call, body));
        }
    }

    private void decide(Call call, Read read, HttpVersion version, @Nullable String claimedAgent) {
        switch (read.scan()) {
            case Scan.Malformed bad ->
                refuse(
                        call,
                        Refusal.of(
                                bad.status() == 422 ? Refusal.Kind.INVALID : Refusal.Kind.MALFORMED,
                                bad.message(),
                                bad.param()));
            case Scan.Valid valid -> {
                call.request = valid.request();
                Refusal refusal = Permits.permit(call, claimedAgent);
                byte[] hash = read.hash();
                if (refusal != null) {
                    refuse(call, refusal);
                } else if (hash == null || !Repetition.answers(call, hash)) {
                    call.asks(
                            Candidates.of(call.chosen(), call.fleet, call.caller.agent(), loop.health()),
                            () -> next(call, version));
                    next(call, version);
                }
            }
        }
    }

    /// Asks the next model that may answer; where none is left, the call ends with what the others said.
    private void next(Call call, HttpVersion version) {
        Model model = call.candidates().next();
        if (model != null) {
            call.model = model;
            translate(call, version);
            return;
        }
        Refusal error = call.candidates().error();
        refuse(call, error == null ? Refusal.unrecorded() : error);
    }

    /// This model cannot be asked, but another may be.
    private void skip(Call call, HttpVersion version, Refusal refusal) {
        call.candidates().skipped(call.chosen(), refusal);
        next(call, version);
    }

    /// Makes the request what the model's provider understands, where that is not what the client speaks.
    private void translate(Call call, HttpVersion version) {
        Model model = call.chosen();
        boolean same = model.dialectFor(call.door.dialect()) == call.door.dialect();
        // of a larger one every value is made and written, which others would wait for
        if (same || call.chat().bytes().length <= Translation.ALWAYS_FEW) {
            translated(call, version, Translation.of(model, call.door, call.chat()));
            return;
        }
        Future<Translation> turn = loop.translations().take(loop.vertx(), call.caller.agent(), () -> {
            if (call.response.closed()) {
                throw new CancellationException("nobody waits for it");
            }
            return Translation.of(model, call.door, call.chat());
        });
        if (turn == null) {
            String message = "Too many large requests of this agent wait to be said in another dialect";
            skip(call, version, Refusal.later(Refusal.Kind.UNAVAILABLE, message, 1));
            return;
        }
        turn.onComplete(done -> loop.context()
                .runOnContext(_ -> call.guarded(() -> {
                    if (call.isEnded()) {
                        return;
                    }
                    if (done.succeeded() && !call.response.closed()) {
                        translated(call, version, done.result());
                    } else {
                        refuse(call, Refusal.unrecorded());
                    }
                })));
    }

    private void translated(Call call, HttpVersion version, Translation translation) {
        switch (translation) {
            case Translation.Impossible impossible ->
                skip(call, version, Refusal.of(Refusal.Kind.UNSUPPORTED, impossible.message(), impossible.field()));
            case Translation.TooLarge large -> skip(call, version, Refusal.of(Refusal.Kind.TOO_LARGE, large.message()));
            case Translation.Ready ready ->
                hold(call, version, ready.candidate(), call.chat().inputTokenBound() + imageTokens(call), false);
        }
    }

    /// No count of bytes bounds an image's tokens, but the model's window does.
    private static long imageTokens(Call call) {
        return call.chat().hasImages() ? call.chosen().contextTokens() : 0;
    }

    private void hold(Call call, HttpVersion version, Candidate candidate, long inputTokens, boolean exact) {
        Model model = candidate.model();
        Refusal unsupported = unsupported(call, model);
        if (unsupported != null) {
            skip(call, version, unsupported);
            return;
        }
        if (!loop.audit().accepting()) {
            refuse(call, Refusal.unrecorded());
            return;
        }
        Quote quote;
        try {
            quote = Costs.quote(model, call.chat(), inputTokens);
        } catch (ArithmeticException tooDear) {
            refuse(call, Refusal.of(Refusal.Kind.MALFORMED, "The call would cost more than any account can hold"));
            return;
        }
        boolean last = exact || !countable(call);
        switch (loop.ledger().admit(call.fleet.payer(call.caller.agent()), quote, last)) {
            case Granted granted ->
                held(call, version, new Attempt(call, call.nextAttempt(), candidate, quote, granted.hold()));
            case Refused refused -> {
                if (isTooTight(refused) && !last) {
                    countAndHold(call, version, candidate, inputTokens);
                } else if (isTooTight(refused) && call.candidates().any()) {
                    call.candidates().failed(Refusal.unpaid(loop, refused)); // another one may be cheaper
                    next(call, version);
                } else {
                    refuse(call, Refusal.unpaid(loop, refused));
                }
            }
        }
    }

    private static @Nullable Refusal unsupported(Call call, Model model) {
        if (call.chat().hasImages() && model.contextTokens() == 0) {
            return Refusal.of(
                    Refusal.Kind.UNSUPPORTED,
                    "Images have no bound for " + model.id() + "; set its context_tokens in config/mesh.yaml",
                    "messages");
        }
        Dialect spoken = model.dialectFor(call.door.dialect());
        boolean isVerbatim = spoken == call.door.dialect();
        if (isVerbatim && call.chat().namesStored()) {
            return Refusal.of(
                    Refusal.Kind.UNSUPPORTED,
                    "input names stored reasoning, which has no price here: how long it is cannot be told; ask with"
                            + " include [\"reasoning.encrypted_content\"] and send the item with its encrypted_content",
                    "input");
        }
        // in another dialect the hint is left out, and nothing is written for an hour
        boolean caches = isVerbatim && call.chat().longCache();
        if (caches && spoken != Dialect.ANTHROPIC) {
            return Refusal.of(
                    Refusal.Kind.UNKNOWN_PRICE,
                    "A cache_control with ttl 1h has no price in this dialect, whose figures do not tell it apart",
                    "cache_control");
        }
        if (caches && !model.price().hasLongWrites()) {
            return Refusal.of(
                    Refusal.Kind.UNKNOWN_PRICE,
                    "A cache_control with ttl 1h has no price for " + model.id()
                            + "; set its cache_write_1h_usd_per_mtok in config/mesh.yaml",
                    "cache_control");
        }
        String credential = model.provider().credential();
        if (credential != null && call.fleet.vault().get(credential).isEmpty()) {
            return Refusal.of(
                    Refusal.Kind.PROVIDER_AUTH,
                    "No credential is configured for provider "
                            + model.provider().name());
        }
        return null;
    }

    private static boolean isTooTight(Refused refused) {
        return refused.reason() == ai.openlegion.budget.Admission.Reason.BUDGET_EXCEEDED
                || refused.reason() == ai.openlegion.budget.Admission.Reason.TASK_BUDGET_EXCEEDED
                || refused.reason() == ai.openlegion.budget.Admission.Reason.RUN_BUDGET_HELD;
    }

    private static boolean countable(Call call) {
        return call.chosen().tokenizer() != null
                && !call.chat().embeds()
                && call.chat().bytes().length <= TokenCounts.MAX_BYTES;
    }

    /// The byte bound did not fit; an exact count may.
    private void countAndHold(Call call, HttpVersion version, Candidate candidate, long otherwise) {
        String tokenizer = call.chosen().tokenizer();
        Future<Long> count = tokenizer == null
                ? null
                : loop.tokenCounts()
                        .count(
                                loop.vertx(),
                                call.caller.agent(),
                                call.chat(),
                                tokenizer,
                                () -> !call.response.closed());
        if (count == null) {
            // nothing better is known, and this time it is the last
            hold(call, version, candidate, otherwise, true);
            return;
        }
        count.onComplete(
                tokens -> loop.context().runOnContext(_ -> {
                    if (call.response.closed()) {
                        call.abandon();
                    } else if (!call.isEnded()) {
                        call.guarded(() -> hold(call, version, candidate, tokens + imageTokens(call), true));
                    }
                }),
                _ -> loop.context().runOnContext(_ -> refuse(call, Refusal.unrecorded())));
    }

    private void held(Call call, HttpVersion version, Attempt attempt) {
        Hold hold = attempt.hold;
        call.tries(attempt);
        if (call.response.closed()) {
            call.abandon(); // the client hung up before anybody listened for it
            return;
        }
        if (hold.durable()) {
            send(call, version);
            return;
        }
        loop.ledger()
                .whenDurable(
                        hold,
                        durable -> loop.context().runOnContext(_ -> {
                            if (call.isOver(attempt)) {
                                return; // another hold has its own word to wait for
                            }
                            if (durable) {
                                call.guarded(() -> send(call, version));
                            } else {
                                attempt.storeFailed();
                                refuse(call, Refusal.unrecorded());
                            }
                        }));
    }

    private void send(Call call, HttpVersion version) {
        if (call.held().cut()) {
            call.cutForBudget("The budget was lowered under what this call holds");
            return;
        }
        if (!stillPermitted(call)) {
            return;
        }
        Attempt attempt = call.attempt();
        Candidate candidate = attempt.candidate();
        Provider provider = candidate.model().provider();
        String credential = provider.credential();
        Secret key =
                credential == null ? null : call.fleet.vault().get(credential).orElse(null);
        boolean streams = call.door.streams(call.chat());
        if (call.door instanceof MeshDoor || call.door == EmbedDoor.MESH) {
            call.expiresIn(call.chat().timeoutMillis());
        }
        Buffer body = candidate.body(call.chat(), call.held().outputTokens(), streams);
        String path = call.chat().embeds()
                ? Upstream.EMBEDDINGS
                : Codecs.of(candidate.spoken()).path();
        Seats.Seat seat = loop.seats().atProvider(provider.name(), call.caller.agent());
        if (seat == null) {
            String message = "Too many calls of this agent are under way at this provider";
            call.failed(attempt, Failure.BUSY, Refusal.later(Refusal.Kind.UNAVAILABLE, message, 1));
            return;
        }
        attempt.takes(seat);
        loop.upstream().ask(provider, path, key).onComplete(connection -> {
            seat.connected();
            if (connection.succeeded()) {
                call.guarded(() -> exchange(call, attempt, version, connection.result(), body, streams));
            } else {
                // a wait for a free connection ends as a timeout, one for the provider as a failure to connect
                boolean busy = connection.cause() instanceof ConnectionPoolTooBusyException
                        || connection.cause() instanceof TimeoutException;
                call.failed(attempt, busy ? Failure.BUSY : Failure.UNREACHABLE, unreachable(busy));
            }
        });
    }

    /// What was permitted may have waited for the store or a connection: what was revoked meanwhile does not go.
    private boolean stillPermitted(Call call) {
        Fleet current = loop.fleets().current();
        if (current.equals(call.fleet)) {
            return true;
        }
        AgentId agent = call.caller.agent();
        boolean permitted = call.isStillKnownTo(current)
                && current.policy().decide(agent, Operation.API, "llm") instanceof Decision.Allowed
                && current.policy().decide(agent, Operation.MODEL, call.chosen().id()) instanceof Decision.Allowed;
        if (!permitted) {
            call.cut(Refusal.of(Refusal.Kind.REVOKED, "The agent's permission was revoked"));
        } else if (!call.fleet.vault().hasSame(call.chosen().provider().credential(), current.vault())) {
            call.cut(Refusal.keyChanged());
            return false;
        }
        return permitted;
    }

    private static Refusal unreachable(boolean busy) {
        return busy
                ? Refusal.later(Refusal.Kind.UNAVAILABLE, "Too many calls wait for this provider", 1)
                : Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The provider cannot be reached");
    }

    private void exchange(
            Call call, Attempt attempt, HttpVersion version, HttpClientRequest request, Buffer body, boolean streams) {
        if (call.isOver(attempt) || !stillPermitted(call)) {
            var _ = request.reset();
            return;
        }
        VendorHeaders.copy(
                call.requestHeaders, request.headers(), attempt.candidate().spoken(), call.isVerbatim());
        var limits = loop.limits();
        call.sends(request, 1000L * (streams ? limits.firstTokenTimeoutSeconds() : limits.readIdleSeconds()));
        var exchange = new Exchange(call, version, streams);
        if (streams) {
            exchange.expectStream();
        }
        request.send(body).onComplete(exchange::answered);
        if (!call.candidates().any()) {
            call.chat().forget();
        }
    }

    private static void refuse(Call call, Refusal refusal) {
        call.fail(refusal, refusal.kind() == Refusal.Kind.DENIED ? "denied" : "refused");
    }
}
