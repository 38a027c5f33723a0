package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/// Numbers as people read them: plain decimals, never an exponent, and words where there is no number.
final class Figures {

    private Figures() {}

    /// An amount of USD from the mesh's JSON; `-` where it is absent, which for a limit means there is none.
    static String usd(JsonObject json, String key) {
        return decimal(json.getNumber(key));
    }

    private static String decimal(@Nullable Number number) {
        if (number == null) {
            return "-";
        }
        BigDecimal exact = new BigDecimal(number.toString());
        return exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
    }
}
