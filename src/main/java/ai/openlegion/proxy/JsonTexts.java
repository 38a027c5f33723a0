package ai.openlegion.proxy;

/// The inside of JSON strings, as far as bytes show whether it is well-formed.
final class JsonTexts {

    private JsonTexts() {}

    /// The bytes of the escape or the character that begins here.
    ///
    /// @return 0 where it is neither, or not whole before `to`
    static int step(byte[] bytes, int at, int to) {
        int first = bytes[at] & 0xff;
        if (first == '\\') {
            return escape(bytes, at, to);
        }
        if (first < 0x80) {
            return first >= ' ' ? 1 : 0;
        }
        int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        if (first < 0xc2 || first > 0xf4 || at + more >= to) {
            return 0;
        }
        for (int i = 1; i <= more; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        int second = bytes[at + 1] & 0xff;
        boolean wrong = switch (first) {
            case 0xe0 -> second < 0xa0; // overlong
            case 0xed -> second >= 0xa0; // a surrogate
            case 0xf0 -> second < 0x90; // overlong
            case 0xf4 -> second >= 0x90; // beyond Unicode
            default -> false; // open: any other first byte
        };
        return wrong ? 0 : more + 1;
    }

    private static int escape(byte[] bytes, int at, int to) {
        if (at + 1 >= to) {
            return 0;
        }
        return switch (bytes[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 2;
            case 'u' -> at + 5 < to && isHex(bytes, at + 2) ? 6 : 0;
            default -> 0; // open: no escape
        };
    }

    private static boolean isHex(byte[] bytes, int from) {
        for (int i = from; i < from + 4; i++) {
            if (Character.digit(bytes[i], 16) < 0) {
                return false;
            }
        }
        return true;
    }
}
