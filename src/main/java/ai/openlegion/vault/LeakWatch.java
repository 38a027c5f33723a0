package ai.openlegion.vault;

import org.jspecify.annotations.Nullable;

/// A search for credentials in one text that comes in pieces, each the inside of a JSON string.
///
/// It reads what the escapes mean, and once more where the text is JSON itself, so a value is found however it was cut
/// and written. Not thread-safe.
public final class LeakWatch {

    private final @Nullable LeakAutomaton forms;
    private final JsonEscapes escapes = new JsonEscapes();
    private final EscapedText within = new EscapedText();
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
        for (int at = from; at < to; at++) {
            byte next = json[at];
            if (next != '\\' && escapes.isOutside()) {
                found |= reads(automaton, next);
            } else {
                int character = escapes.read(next);
                for (int i = 0; character >= 0 && i < JsonEscapes.width(character); i++) {
                    found |= reads(automaton, JsonEscapes.utf8(character, i));
                }
            }
        }
        return found;
    }

    private boolean reads(LeakAutomaton automaton, byte next) {
        int before = state;
        int after = automaton.next(before, next);
        state = after;
        read++;
        var _ = within.read(automaton, next, before, after);
        return automaton.isWhole(after) || automaton.isWhole(within.state());
    }

    /// How many of the last bytes begin a value, in any of its forms, and tell something of it; 0 when none do.
    public int pending() {
        LeakAutomaton automaton = forms;
        return automaton == null
                ? 0
                : Math.max(automaton.pending(state), within.width(automaton.pending(within.state())));
    }

    /// How many bytes have been read in all, escapes as what they stand for; 0 where there is nothing to look for.
    public long read() {
        return read;
    }
}
