package ai.openlegion.budget;

/// How many output tokens a call is granted when money is tight: its fair share, not a refusal.
final class FairShare {

    /// It cannot be granted.
    static final long NONE = -1;

    private FairShare() {}

    /// The tokens to grant, or [#NONE] when not even the floor is left or the cost overflows.
    ///
    /// An account's share is what it has available, divided among its running calls and this one. A call that
    /// fits into the shares of both accounts gets all it wants; another gets what its share pays for, and at
    /// least the floor while that is available at all. So many calls at once shrink each other instead of the
    /// first ones taking all, and the last cents are still used.
    static long tokens(Quote quote, long agentAvailable, int agentActive, long fleetAvailable, int fleetActive) {
        return tokens(
                quote,
                quote.wantedOutputTokens(),
                Math.min(agentAvailable / (agentActive + 1L), fleetAvailable / (fleetActive + 1L)),
                Math.min(agentAvailable, fleetAvailable));
    }

    /// The same for one account alone and a call that wants this many.
    static long tokens(Quote quote, long wanted, long available, int active) {
        return tokens(quote, wanted, available / (active + 1L), available);
    }

    private static long tokens(Quote quote, long wanted, long share, long available) {
        long perToken = quote.picoPerOutputToken();
        try {
            long tokens = wanted;
            if (perToken > 0 && cost(quote, wanted) > share) {
                long affordable = share <= quote.inputPico() ? 0 : (share - quote.inputPico()) / perToken;
                tokens = Math.min(wanted, Math.max(affordable, quote.floorOutputTokens()));
            }
            return cost(quote, tokens) <= available ? tokens : NONE;
        } catch (ArithmeticException overflow) {
            // dearer than any account can hold
            return NONE;
        }
    }

    /// What a call with this many output tokens may cost; throws [ArithmeticException] on overflow.
    static long cost(Quote quote, long tokens) {
        return Math.addExact(quote.inputPico(), Math.multiplyExact(quote.picoPerOutputToken(), tokens));
    }
}
