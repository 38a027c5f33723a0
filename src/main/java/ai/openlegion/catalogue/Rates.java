package ai.openlegion.catalogue;

/// What one token costs, in pico-USD, by kind.
///
/// @param input pico-USD for a prompt token
/// @param output pico-USD for a produced token
/// @param cachedInput pico-USD for a prompt token read from the provider's cache
/// @param cacheWrite pico-USD for a prompt token written to the provider's cache
public record Rates(long input, long output, long cachedInput, long cacheWrite) {

    public Rates {
        if (input < 0 || output < 0 || cachedInput < 0 || cacheWrite < 0) {
            throw new IllegalArgumentException("a rate is never negative");
        }
    }

    /// The dearest a prompt token can be.
    long worstInput() {
        return Math.max(input, Math.max(cachedInput, cacheWrite));
    }
}
