package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UsdTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "12, 12000000000000, 12",
        "50.00, 50000000000000, 50",
        "0.0000123, 12300000, 0.0000123",
        "0.000000000001, 1, 0.000000000001",
        "-2.5, -2500000000000, -2.5",
        "9000000, 9000000000000000000, 9000000",
        "1e3, 1000000000000000, 1000",
    })
    void an_amount_is_exact_both_ways(BigDecimal usd, long pico, String shown) {
        assertThat(Usd.parse(usd)).isEqualTo(pico);
        assertThat(Usd.decimal(pico)).isEqualTo(shown);
        assertThat(Usd.toBigDecimal(pico)).isEqualByComparingTo(usd);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0000000000001", "9300000", "1e999999999", "1e-999999999", "-1e400"})
    void what_is_too_fine_or_too_large_is_an_error(String usd) {
        assertThatThrownBy(() -> Usd.parse(new BigDecimal(usd))).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void a_limit_is_between_nothing_and_nine_million() {
        assertThat(new Limits(0, Limits.MAX_PICO).monthlyPico()).isEqualTo(Usd.parse(new BigDecimal("9000000")));
        assertThatThrownBy(() -> new Limits(-1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Limits(0, Limits.MAX_PICO + 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
