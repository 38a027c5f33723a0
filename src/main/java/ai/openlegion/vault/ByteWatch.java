package ai.openlegion.vault;

import org.jspecify.annotations.Nullable;

/// A search for credentials in bytes of any kind that come in pieces: as they stand there, and as the inside of JSON
/// strings, whose escapes it reads. Not thread-safe.
public final class ByteWatch {

    /// The longest way to write one character inside a JSON string: a backslash, `u` and four digits.
    private static final int LONGEST_ESCAPE = 6;

    /// Fewer characters than these tell nothing, and waiting for them would make honest streams stutter.
    private static final int TELLING = 4;

    private final @Nullable LeakAutomaton values;
    private int plain;
    private int read;

    /// How much of an escape has been read: 0 none, 1 its backslash, 2 to 5 that and the `u` and its first digits.
    private int escape;

    private int unit;

    ByteWatch(@Nullable LeakAutomaton values) {
        this.values = values;
    }

    /// Reads the next piece; whether it completes a value of 12 characters or more.
    public boolean completes(byte[] bytes, int from, int to) {
        LeakAutomaton automaton = values;
        if (automaton == null) {
            return false;
        }
        boolean found = false;
        for (int at = from; at < to; at++) {
            plain = automaton.next(plain, bytes[at]);
            found |= automaton.isWhole(plain);
            int character = character(bytes[at]);
            if (character >= 0) {
                read = automaton.next(read, character);
                found |= automaton.isWhole(read);
            }
        }
        return found;
    }

    /// How many of the last bytes may be the beginning of a value; 0 when none.
    public int pending() {
        if (values == null) {
            return 0;
        }
        int asTheyAre = values.depth(plain);
        int characters = values.depth(read);
        int escaped = characters < TELLING ? 0 : characters * LONGEST_ESCAPE + escape;
        return Math.max(asTheyAre < TELLING ? 0 : asTheyAre, escaped);
    }

    /// The character that is whole with this byte; -1 while an escape goes on.
    private int character(byte next) {
        if (escape == 0) {
            escape = next == '\\' ? 1 : 0;
            return escape == 0 ? next : -1;
        }
        if (escape == 1) {
            escape = next == 'u' ? 2 : 0;
            unit = 0;
            return escape == 0 ? LeakWatch.unescaped(next) : -1;
        }
        unit = unit << 4 | Math.max(0, Character.digit(next, 16));
        escape = escape == 5 ? 0 : escape + 1;
        return escape == 0 ? unit < 0x80 ? unit : 0 : -1;
    }
}
