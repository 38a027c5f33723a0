package ai.openlegion.vault;

import org.jspecify.annotations.Nullable;

/// A search for credentials in one text that comes in pieces, each the inside of a JSON string.
///
/// It reads what the escapes mean, so a value is found however it was cut and written. Not thread-safe.
public final class LeakWatch {

    private final @Nullable LeakAutomaton forms;
    private final JsonEscapes escapes = new JsonEscapes();
    private int state;
    private long read;

    LeakWatch(@Nullable LeakAutomaton forms) {
        this.forms = forms;
    }

    /// Reads the next piece; whether it completes a value of 12 characters or more, in any of its forms.
    public boolean completes(byte[] json, int from, int to) {
        LeakAutomaton automaton = forms;
        if (automaton == null) {
            return false;
        }
        boolean found = false;
        int now = state;
        for (int at = from; at < to; at++) {
            byte next = json[at];
            if (next != '\\' && escapes.isOutside()) {
                now = automaton.next(now, next);
                read++;
            } else {
                int character = escapes.read(next);
                if (character < 0) {
                    continue;
                }
                now = automaton.nextCharacter(now, character);
                read += JsonEscapes.width(character);
            }
            found |= automaton.isWhole(now);
        }
        state = now;
        return found;
    }

    /// How many of the last bytes begin a value, in any of its forms, and tell something of it; 0 when none do.
    public int pending() {
        return forms == null ? 0 : forms.pending(state);
    }

    /// How many bytes have been read in all, escapes as what they stand for; 0 where there is nothing to look for.
    public long read() {
        return read;
    }
}
