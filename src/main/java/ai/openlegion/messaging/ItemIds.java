package ai.openlegion.messaging;

import java.security.SecureRandom;
import java.util.HexFormat;

/// Makes the ids of items: what kind it is, and 48 bits that nobody can guess.
final class ItemIds {

    private static final int RANDOM_BYTES = 6;
    private static final HexFormat HEX = HexFormat.of();

    private final SecureRandom random = new SecureRandom();
    private final byte[] drawn = new byte[RANDOM_BYTES * 256];
    private int used = drawn.length;

    /// A new id.
    String next(Messaging.Kind kind) {
        if (used == drawn.length) {
            random.nextBytes(drawn);
            used = 0;
        }
        int from = used;
        used += RANDOM_BYTES;
        return prefix(kind) + HEX.formatHex(drawn, from, used);
    }

    private static String prefix(Messaging.Kind kind) {
        return switch (kind) {
            case MESSAGE -> "msg_";
            case EVENT -> "evt_";
            case WATCH -> "wat_";
            case TASK -> "tsk_";
            case STEER -> "str_";
        };
    }
}
