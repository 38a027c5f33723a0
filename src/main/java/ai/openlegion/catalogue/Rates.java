package ai.openlegion.catalogue;

import org.jspecify.annotations.Nullable;

/// What one token costs, in pico-USD, by kind.
///
/// @param input pico-USD for a prompt token
/// @param output pico-USD for a produced token
/// @param cachedInput pico-USD for a prompt token read from the provider's cache
/// @param cacheWrite pico-USD for a prompt token written to the provider's cache for its usual time
/// @param cacheWriteLong pico-USD for a prompt token written to it for an hour; null = without a price, so a call that
///     asks for that cannot be bounded
public record Rates(
        long input,
        long output,
        long cachedInput,
        long cacheWrite,
        @Nullable Long cacheWriteLong) {

    public Rates {
        boolean isLongNegative = cacheWriteLong != null && cacheWriteLong < 0;
        if (input < 0 || output < 0 || cachedInput < 0 || cacheWrite < 0 || isLongNegative) {
            throw new IllegalArgumentException("a rate is never negative");
        }
    }

    /// Rates without one for writes that last an hour.
    public Rates(long input, long output, long cachedInput, long cacheWrite) {
        this(input, output, cachedInput, cacheWrite, null);
    }

    /// The dearest a prompt token can be.
    ///
    /// @param hasLongWrites whether the call asks for cache writes that last an hour
    public long worstInput(boolean hasLongWrites) {
        long usual = Math.max(input, Math.max(cachedInput, cacheWrite));
        return hasLongWrites && cacheWriteLong != null ? Math.max(usual, cacheWriteLong) : usual;
    }
}
