package ai.openlegion.vault;

import org.jspecify.annotations.Nullable;

/// A search for credentials in bytes of any kind that come in pieces: as they stand there, and as the inside of JSON
/// strings, whose escapes it reads. Not thread-safe.
public final class ByteWatch {

    private final @Nullable LeakAutomaton forms;
    private final JsonEscapes escapes = new JsonEscapes();
    private int plain;
    private int read;

    /// Bytes since the last escape: each of them is a character of its own.
    private long sinceEscape = Long.MAX_VALUE;

    ByteWatch(@Nullable LeakAutomaton forms) {
        this.forms = forms;
    }

    /// Reads the next piece; whether it completes a value of 12 characters or more, in any of its forms.
    public boolean completes(byte[] bytes, int from, int to) {
        LeakAutomaton automaton = forms;
        if (automaton == null) {
            return false;
        }
        boolean found = false;
        for (int at = from; at < to; at++) {
            byte next = bytes[at];
            boolean isItself = next != '\\' && escapes.isOutside();
            boolean agree = plain == read;
            plain = automaton.next(plain, next);
            found |= automaton.isWhole(plain);
            if (isItself) {
                read = agree ? plain : automaton.next(read, next);
                sinceEscape += sinceEscape == Long.MAX_VALUE ? 0 : 1;
            } else {
                sinceEscape = 0;
                int character = escapes.read(next);
                read = character < 0 ? read : automaton.nextCharacter(read, character);
            }
            found |= automaton.isWhole(read);
        }
        return found;
    }

    /// How many of the last bytes may be the beginning of a value and tell something of it; 0 when none do.
    public int pending() {
        if (forms == null) {
            return 0;
        }
        int characters = forms.pending(read);
        int escaped = (int) Math.max(0, characters - sinceEscape);
        int asRead = characters == 0 ? 0 : characters - escaped + escaped * JsonEscapes.LONGEST + escapes.open();
        return Math.max(forms.pending(plain), asRead);
    }
}
