package ai.openlegion.scenario;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;

/// One window of an account as the control listener shows it, in pico-USD.
record Spend(long limit, long spent, long held, long unreconciled) {

    static Spend of(JsonObject window) {
        return new Spend(
                pico(window, "limit_usd"),
                pico(window, "spent_usd"),
                pico(window, "held_usd"),
                pico(window, "unreconciled_usd"));
    }

    /// What can no longer be spent.
    long gone() {
        return spent + unreconciled;
    }

    static long pico(JsonObject from, String field) {
        Object value = from.getValue(field);
        return value == null
                ? Long.MAX_VALUE
                : new BigDecimal(value.toString()).movePointRight(12).longValueExact();
    }
}
