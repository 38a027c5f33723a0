package ai.openlegion.catalogue;

import org.jspecify.annotations.Nullable;

/// A model's rates, with the second tier that some models have for long prompts.
///
/// @param longContext the rates of the whole call once its prompt is longer than `longContextAboveTokens`
/// @param longContextAboveTokens the last prompt length, in tokens, that the base rates cover
public record Price(Rates base, @Nullable Rates longContext, long longContextAboveTokens) {

    /// One tier for prompts of any length.
    public static Price flat(Rates rates) {
        return new Price(rates, null, Long.MAX_VALUE);
    }

    /// The most a prompt token can cost, in pico-USD, over every kind and tier.
    public long worstInput() {
        return worstInput(true);
    }

    /// The most a prompt token can cost, in pico-USD, over every tier.
    ///
    /// @param hasLongWrites whether the call asks for cache writes that last an hour
    public long worstInput(boolean hasLongWrites) {
        long usual = base.worstInput(hasLongWrites);
        return longContext == null ? usual : Math.max(usual, longContext.worstInput(hasLongWrites));
    }

    /// Whether cache writes that last an hour have a price in every tier.
    public boolean hasLongWrites() {
        return base.cacheWriteLong() != null && (longContext == null || longContext.cacheWriteLong() != null);
    }

    /// The most a produced token can cost, in pico-USD, over both tiers.
    public long worstOutput() {
        return longContext == null ? base.output() : Math.max(base.output(), longContext.output());
    }

    /// The rates that a call with this many prompt tokens is billed at.
    public Rates ratesFor(long inputTokens) {
        return longContext != null && inputTokens > longContextAboveTokens ? longContext : base;
    }
}
