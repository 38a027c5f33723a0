package ai.openlegion.budget;

/// The most a call may cost: a fixed part for its input and a price for each output token.
///
/// @param inputPico upper bound of the input's cost
/// @param picoPerOutputToken the highest price of one token of output, times the number of answers asked for
/// @param wantedOutputTokens the output maximum the caller asked for, at most the model's own
/// @param floorOutputTokens the fewest output tokens that are worth sending the call for
public record Quote(long inputPico, long picoPerOutputToken, long wantedOutputTokens, long floorOutputTokens) {

    /// @throws IllegalArgumentException when a value is negative
    public Quote {
        if ((inputPico | picoPerOutputToken | wantedOutputTokens | floorOutputTokens) < 0) {
            throw new IllegalArgumentException("a quote has no negative part");
        }
    }
}
