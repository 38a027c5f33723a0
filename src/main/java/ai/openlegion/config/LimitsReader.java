package ai.openlegion.config;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import java.math.BigDecimal;
import java.util.Optional;

/// The reading of a daily and a monthly amount in dollars, exact to the pico-dollar.
final class LimitsReader {

    private static final BigDecimal MAX_USD = Usd.toBigDecimal(Limits.MAX_PICO).stripTrailingZeros();
    private static final int MAX_DECIMALS = 12;

    private LimitsReader() {}

    /// Both limits of a mapping; each is `absent`'s where its key is not there.
    static Limits read(Tree tree, String dailyKey, String monthlyKey, Limits absent) {
        return new Limits(
                amount(tree, dailyKey).orElse(absent.dailyPico()),
                amount(tree, monthlyKey).orElse(absent.monthlyPico()));
    }

    /// An amount in dollars.
    static Optional<Long> amount(Tree tree, String key) {
        return tree.decimal(key, MAX_USD, MAX_DECIMALS).map(Usd::parse);
    }
}
