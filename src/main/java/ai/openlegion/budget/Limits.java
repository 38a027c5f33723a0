package ai.openlegion.budget;

/// What an account may spend in a UTC day and in a UTC month, in pico-USD; 0 refuses everything.
public record Limits(long dailyPico, long monthlyPico) {

    /// The value of a window without a limit.
    public static final long UNLIMITED = Long.MAX_VALUE;

    /// The highest limit a configuration or an operator may set: 9,000,000 USD.
    public static final long MAX_PICO = 9_000_000L * Usd.PICO_PER_USD;

    /// No limit in either window.
    public static final Limits NONE = new Limits(UNLIMITED, UNLIMITED);

    /// @throws IllegalArgumentException when a value is negative, or above [#MAX_PICO] and not [#UNLIMITED]
    public Limits {
        if (!isValid(dailyPico) || !isValid(monthlyPico)) {
            throw new IllegalArgumentException("a limit is between 0 and 9,000,000 USD");
        }
    }

    private static boolean isValid(long pico) {
        return pico == UNLIMITED || (pico >= 0 && pico <= MAX_PICO);
    }
}
