package ai.openlegion.budget;

/// The most a call may use and cost: a fixed part for its input and a price for each output token.
///
/// @param inputTokens upper bound of the input's tokens
/// @param choices the number of answers asked for; each may have the whole output
/// @param inputPico upper bound of the input's cost
/// @param picoPerOutputToken the highest price of one token of output, times the number of answers asked for
/// @param wantedOutputTokens the output maximum the caller asked for, at most the model's own
/// @param floorOutputTokens the fewest output tokens that are worth sending the call for
public record Quote(
        long inputTokens,
        int choices,
        long inputPico,
        long picoPerOutputToken,
        long wantedOutputTokens,
        long floorOutputTokens) {

    /// More tokens than any call uses, so that sums of them cannot overflow.
    private static final long MOST_TOKENS = 1L << 50;

    /// @throws IllegalArgumentException when a value is negative
    public Quote {
        if ((inputTokens | inputPico | picoPerOutputToken | wantedOutputTokens | floorOutputTokens) < 0
                || choices < 1) {
            throw new IllegalArgumentException("a quote has no negative part, and at least one answer");
        }
    }

    /// A quote of something that is not counted in tokens of input, with one answer.
    public Quote(long inputPico, long picoPerOutputToken, long wantedOutputTokens, long floorOutputTokens) {
        this(0, 1, inputPico, picoPerOutputToken, wantedOutputTokens, floorOutputTokens);
    }

    /// The tokens of input and output together, with this many of output in each answer.
    long tokens(long outputTokens) {
        boolean small = Math.multiplyHigh(outputTokens, choices) == 0 && outputTokens * choices >= 0;
        long output = small ? Math.min(outputTokens * choices, MOST_TOKENS) : MOST_TOKENS;
        return Math.min(MOST_TOKENS, Math.min(inputTokens, MOST_TOKENS) + output);
    }
}
