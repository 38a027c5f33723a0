package ai.openlegion.vault;

/// The inside of a JSON string, read byte by byte: what its escapes stand for.
final class JsonEscapes {

    /// The longest way to write one character inside a JSON string: a backslash, `u` and four digits.
    static final int LONGEST = 6;

    /// Marks a UTF-16 unit beside a byte of UTF-8.
    private static final int WIDE = 0x10000;

    /// How much of an escape has been read: 0 none, 1 its backslash, 2 to 5 that and the `u` and its first digits.
    private int read;

    private int unit;

    /// Whether the next byte stands for itself, unless it is a backslash.
    boolean isOutside() {
        return read == 0;
    }

    /// How many bytes of an escape have been read.
    int open() {
        return read;
    }

    /// The byte, or the character (a UTF-16 unit above 0x7f, with 0x10000 added) that is whole with this byte; -1 while
    /// an escape goes on.
    int read(byte next) {
        if (read == 0) {
            read = next == '\\' ? 1 : 0;
            return read == 0 ? next & 0xff : -1;
        }
        if (read == 1) {
            read = next == 'u' ? 2 : 0;
            unit = 0;
            return read == 0 ? unescaped(next) & 0xff : -1;
        }
        unit = unit << 4 | Math.max(0, Character.digit(next, 16));
        read = read == 5 ? 0 : read + 1;
        return read > 0 ? -1 : unit < 0x80 ? unit : WIDE + unit;
    }

    /// How many bytes of UTF-8 such a character has.
    static int width(int character) {
        return character < WIDE ? 1 : character < WIDE + 0x800 ? 2 : 3;
    }

    /// One of them: a byte is its own only one.
    static byte utf8(int character, int index) {
        int value = character - WIDE;
        if (value < 0) {
            return (byte) character;
        }
        int below = 6 * (width(character) - 1 - index);
        return (byte)
                (index > 0 ? 0x80 | (value >> below & 0x3f) : value < 0x800 ? 0xc0 | value >> 6 : 0xe0 | value >> 12);
    }

    private static byte unescaped(byte escape) {
        return switch (escape) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            default -> escape; // open: a quote, a slash, a backslash stand for themselves
        };
    }
}
