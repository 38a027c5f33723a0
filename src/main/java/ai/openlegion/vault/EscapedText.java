package ai.openlegion.vault;

/// A text being searched as the inside of a JSON string: where an automaton stands in what its escapes stand for.
///
/// It follows a reading of the text as it is, and where no escape made the two differ, they are one.
final class EscapedText {

    private final JsonEscapes escapes = new JsonEscapes();
    private int state;

    /// Bytes since the last escape: each of them is a character of its own.
    private long sinceEscape = Long.MAX_VALUE;

    /// Where the automaton stands.
    int state() {
        return state;
    }

    /// Reads a byte.
    ///
    /// @param before where the automaton stood in the text as it is
    /// @param after where it stands there after this byte
    /// @return the character, as [JsonEscapes#read] has it; -1 while an escape goes on
    int read(LeakAutomaton automaton, byte next, int before, int after) {
        if (next != '\\' && escapes.isOutside()) {
            state = state == before ? after : automaton.next(state, next);
            if (sinceEscape != Long.MAX_VALUE) {
                sinceEscape++;
            }
            return next & 0xff;
        }
        sinceEscape = 0;
        int character = escapes.read(next);
        if (character >= 0) {
            state = automaton.nextCharacter(state, character);
        }
        return character;
    }

    /// How many bytes the last so many characters may have been written in; 0 for none.
    int width(int characters) {
        if (characters == 0) {
            return 0;
        }
        int escaped = (int) Math.max(0, characters - sinceEscape);
        return characters - escaped + escaped * JsonEscapes.LONGEST + escapes.open();
    }
}
