package ai.openlegion.budget;

import java.math.BigDecimal;

/// Exact US dollars as a `long` of pico-dollars (1e-12).
public final class Usd {

    /// Pico-dollars in one dollar.
    public static final long PICO_PER_USD = 1_000_000_000_000L;

    private static final int PICO_DIGITS = 12;

    private Usd() {}

    /// The pico-dollars of an amount in dollars; throws [ArithmeticException] when it is finer than a pico-dollar
    /// or does not fit.
    public static long parse(BigDecimal usd) {
        // a number such as 1e999999999 must not be expanded before it is found too large
        if (usd.signum() != 0 && (long) usd.precision() - usd.scale() > 8) {
            throw new ArithmeticException("amount too large");
        }
        return usd.movePointRight(PICO_DIGITS).longValueExact();
    }

    /// The amount in dollars, exact.
    public static BigDecimal toBigDecimal(long pico) {
        return BigDecimal.valueOf(pico, PICO_DIGITS);
    }

    /// The amount in plain decimal dollars without trailing zeros: `12`, `0.0000123`, `0`.
    public static String decimal(long pico) {
        return pico == 0 ? "0" : toBigDecimal(pico).stripTrailingZeros().toPlainString();
    }
}
