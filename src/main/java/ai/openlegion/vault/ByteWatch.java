package ai.openlegion.vault;

import org.jspecify.annotations.Nullable;

/// A search for credentials in bytes of any kind that come in pieces: as they stand there, as the inside of JSON
/// strings, whose escapes it reads, and as JSON within these. Not thread-safe.
public final class ByteWatch {

    private final @Nullable LeakAutomaton forms;
    private final EscapedText string = new EscapedText();
    private final EscapedText within = new EscapedText();
    private int plain;

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
            int before = plain;
            plain = automaton.next(before, next);
            int readBefore = string.state();
            int character = string.read(automaton, next, before, plain);
            if (character >= 0) {
                readWithin(automaton, character, readBefore);
            }
            found |= automaton.isWhole(plain) || automaton.isWhole(string.state()) || automaton.isWhole(within.state());
        }
        return found;
    }

    private void readWithin(LeakAutomaton automaton, int character, int readBefore) {
        int before = readBefore;
        for (int i = 0; i < JsonEscapes.width(character); i++) {
            byte next = JsonEscapes.utf8(character, i);
            int after = automaton.next(before, next);
            var _ = within.read(automaton, next, before, after);
            before = after;
        }
    }

    /// How many of the last bytes may be the beginning of a value and tell something of it; 0 when none do.
    public int pending() {
        LeakAutomaton automaton = forms;
        if (automaton == null) {
            return 0;
        }
        int read = Math.max(automaton.pending(string.state()), within.width(automaton.pending(within.state())));
        return Math.max(automaton.pending(plain), string.width(read));
    }
}
