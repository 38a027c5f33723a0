package ai.openlegion.evidence.report;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// How figures are written in the report.
final class Words {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Words() {}

    /// US dollars, exact, with at least two places: `12.50`, `0.0000042`.
    static String usd(long pico) {
        BigDecimal exact = Usd.toBigDecimal(pico).stripTrailingZeros();
        return (exact.scale() < 2 ? exact.setScale(2, RoundingMode.UNNECESSARY) : exact).toPlainString();
    }

    static String limit(long pico) {
        return pico == Limits.UNLIMITED ? "no limit" : usd(pico);
    }

    /// As `2026-11-22 17:12:08`, UTC.
    static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }

    static String day(long day) {
        return LocalDate.ofEpochDay(day).toString();
    }

    /// With a comma at every thousand.
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    static String count(long number, String one, String many) {
        return count(number) + ' ' + (number == 1 ? one : many);
    }
}
