package ai.openlegion.budget;

/// How one attempt of a call ended: what it used, what it cost, and what it may have cost beyond that.
///
/// @param requestId the id under which the call is audited
/// @param attempt which attempt of that request this was, from 1
/// @param model the concrete `provider/model` it is booked on
/// @param inputTokens tokens of input, cached ones included
/// @param cachedTokens how many of them were read from the provider's cache
/// @param spentPico what is booked as spent
/// @param unreconciledPico what the provider may have produced beyond it; only the operator releases it
public record Outcome(
        String requestId,
        int attempt,
        String model,
        long inputTokens,
        long outputTokens,
        long cachedTokens,
        long spentPico,
        long unreconciledPico,
        Basis basis) {

    /// @throws IllegalArgumentException when a number is negative
    public Outcome {
        if ((inputTokens | outputTokens | cachedTokens | spentPico | unreconciledPico | attempt) < 0) {
            throw new IllegalArgumentException("an outcome has no negative part");
        }
    }

    /// Nothing was produced; the hold is given back whole.
    public static Outcome released(String requestId, int attempt, String model) {
        return new Outcome(requestId, attempt, model, 0, 0, 0, 0, 0, Basis.RELEASED);
    }
}
