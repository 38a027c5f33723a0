package ai.openlegion.gateway;

import ai.openlegion.budget.Basis;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.Outcome;
import ai.openlegion.budget.Quote;
import ai.openlegion.catalogue.Model;
import ai.openlegion.dialect.Usage;
import io.vertx.core.http.HttpClientRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// One try of a call at one model: what it holds, how far the provider has come, and the one place where it is settled.
final class Attempt {

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

    final int number;
    final Quote quote;
    final Hold hold;
    private final Call call;
    private @Nullable HttpClientRequest upstream;
    private Progress progress = Progress.NOT_SENT;
    private final ModelHealth.Trial trial;
    private Candidate candidate;
    private HeldBytes.@Nullable Share collected;
    private Seats.@Nullable Seat seat;
    private boolean settled;
    private boolean paid;
    private boolean upstreamDone;
    private Door.@Nullable Receipt receipt;

    Attempt(Call call, int number, Candidate candidate, Quote quote, Hold hold) {
        this.call = call;
        this.number = number;
        this.candidate = candidate;
        this.quote = quote;
        this.hold = hold;
        trial = call.loop.health().begin(candidate.model());
    }

    /// Who is asked, and what it is sent as long as that has not gone.
    Candidate candidate() {
        return candidate;
    }

    Model model() {
        return candidate.model();
    }

    void sends(HttpClientRequest sent) {
        upstream = sent;
        candidate = candidate.withoutBody(); // a stream may go on for long after
        progress = Progress.SENT;
    }

    /// Whether the provider has been asked.
    boolean isSent() {
        return progress != Progress.NOT_SENT;
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

    void answers() {
        progress = Progress.ANSWERING;
    }

    void refused() {
        progress = Progress.REFUSED;
    }

    /// The answer came whole.
    void succeeded() {
        trial.succeeded();
    }

    /// The model or the way to it failed.
    void failed(Failure why) {
        if (why.counts()) {
            trial.failed(why);
        }
    }

    /// Whether anything was spent on it, or may have been.
    boolean isPaid() {
        return paid;
    }

    /// What it was settled for; null before, and where nothing was spent.
    Door.@Nullable Receipt receipt() {
        return receipt;
    }

    /// Settles a whole answer by the provider's figures, or by what was seen where it gave none.
    Door.Receipt settleByUsage(@Nullable Usage usage, long lowerBound, long upperBound) {
        if (usage == null) {
            return settleBySight(upperBound);
        }
        boolean tooFew = usage.outputTokens() < lowerBound;
        Usage counted = tooFew ? usage.withOutput(lowerBound) : usage;
        long cost;
        try {
            cost = Costs.cost(model(), counted);
        } catch (ArithmeticException beyondMeasure) {
            // more than can be added up is more than was held: booked as such, which freezes the account
            LOG.log(Level.WARNING, "usage beyond any account request={0}", call.requestId);
            return settle(Usage.of(0, lowerBound), hold.pico() + 1, 0, Basis.USAGE);
        }
        return settle(counted, cost, 0, tooFew ? Basis.DELTAS : Basis.USAGE);
    }

    /// Settles without the provider's figures: the most that was seen, and the rest stays in doubt, because the
    /// provider may have produced it.
    private Door.Receipt settleBySight(long upperBound) {
        int choices = call.chat().choices();
        long tokens = Math.min(upperBound, saturatedProduct(hold.outputTokens(), choices));
        long perToken = quote.picoPerOutputToken() / choices;
        long spent = Math.min(hold.pico(), quote.inputPico() + saturatedProduct(tokens, perToken));
        long doubt = model().provider().stopsOnDisconnect() ? 0 : hold.pico() - spent;
        return settle(Usage.of(0, tokens), spent, doubt, Basis.UPPER_BOUND);
    }

    private static long saturatedProduct(long a, long b) {
        return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE / 4;
    }

    /// Settles an attempt that ends before its answer was whole.
    ///
    /// @param stream the streamed answer, where one is being told
    void settleEarly(@Nullable StreamedAnswer stream) {
        if (settled) {
            return;
        }
        switch (progress) {
            case NOT_SENT, REFUSED -> {
                settled = true;
                var _ = call.loop.ledger().settle(hold, Outcome.released(call.requestId, number, model().id()));
            }
            case SENT -> {
                // Nothing seen, nothing booked; but unlike a stream, a whole answer may be made and not yet shown
                boolean seesAsMade = stream != null && model().provider().stopsOnDisconnect();
                long doubt = seesAsMade ? Math.min(hold.pico(), quote.inputPico()) : hold.pico();
                var _ = settle(Usage.of(0, 0), 0, doubt, Basis.UPPER_BOUND);
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

    private Door.Receipt settle(Usage usage, long spent, long doubt, Basis basis) {
        if (settled) {
            throw new IllegalStateException("settled twice");
        }
        settled = true;
        paid = true;
        String id = model().id();
        var outcome = new Outcome(
                call.requestId,
                number,
                id,
                usage.inputTokens(),
                usage.outputTokens(),
                usage.cachedTokens(),
                spent,
                doubt,
                basis);
        try {
            if (call.loop.ledger().settle(hold, outcome).froze()) {
                LOG.log(
                        Level.WARNING,
                        "provider billed more than was held agent={0} model={1}",
                        call.caller.agent(),
                        id);
            }
        } catch (ArithmeticException beyondTheAccount) {
            // the ledger has booked the whole hold as unreconciled and frozen the account
            LOG.log(Level.WARNING, "a bill beyond the account agent={0} model={1}", call.caller.agent(), id);
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

    /// The provider's answer has been read to its end, so its connection is free again.
    void upstreamEnded() {
        upstreamDone = true;
    }

    /// Whether nothing is to be expected of the provider any more.
    boolean isUpstreamDone() {
        return upstreamDone || upstream == null;
    }

    /// Closes the provider's side, if it is not over.
    void closeUpstream() {
        isTold();
        HttpClientRequest sent = upstream;
        if (sent != null && !upstreamDone) {
            upstreamDone = true;
            var _ = sent.reset();
        }
    }

    /// A connection to the provider is asked for.
    void takes(Seats.Seat taken) {
        seat = taken;
    }

    /// From here on the call is not among those that this hold's cut ends.
    void leave() {
        if (seat != null) {
            seat.leave();
        }
        call.loop.calls().remove(hold.id());
    }
}
