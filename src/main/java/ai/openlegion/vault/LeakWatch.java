package ai.openlegion.vault;

import org.jspecify.annotations.Nullable;

/// A search for credentials in one text that comes in pieces, each the inside of a JSON string.
///
/// It reads what the escapes mean, so a value is found however it was cut and written. Not thread-safe.
public final class LeakWatch {

    private final @Nullable LeakAutomaton values;
    private int state;
    private long read;

    LeakWatch(@Nullable LeakAutomaton values) {
        this.values = values;
    }

    /// Reads the next piece; whether it completes a value of 12 characters or more.
    public boolean completes(byte[] json, int from, int to) {
        LeakAutomaton automaton = values;
        if (automaton == null) {
            return false;
        }
        boolean found = false;
        for (int at = from; at < to; at++) {
            int value = json[at];
            if (value == '\\' && at + 1 < to) {
                at++;
                value = json[at] == 'u' && at + 4 < to ? unit(json, at + 1) : unescaped(json[at]);
                at += json[at] == 'u' && at + 4 < to ? 4 : 0;
            }
            state = automaton.next(state, value);
            found |= automaton.isWhole(state);
            read++;
        }
        return found;
    }

    /// How many of the last characters begin a value; 0 when none.
    public int pending() {
        return values == null ? 0 : values.depth(state);
    }

    /// How many characters have been read in all; 0 where there is nothing to look for.
    public long read() {
        return read;
    }

    /// What the character after a backslash stands for.
    static int unescaped(byte escape) {
        return switch (escape) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            default -> escape; // open: a quote, a slash, a backslash stand for themselves
        };
    }

    /// The character of four hex digits; anything beyond ASCII matches no credential.
    private static int unit(byte[] json, int at) {
        int unit = 0;
        for (int i = at; i < at + 4; i++) {
            unit = unit << 4 | Math.max(0, Character.digit(json[i], 16));
        }
        return unit < 0x80 ? unit : 0;
    }
}
