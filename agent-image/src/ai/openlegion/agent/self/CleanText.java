package ai.openlegion.agent.self;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Text from others as it may stand in a prompt: without the characters that a person reading it would not see.
///
/// Invisible and bidirectional control characters let a text say one thing to the operator and another to the model.
/// This is hygiene, no defence against persuasion: what an agent may do is decided by the mesh.
public final class CleanText {

    /// In a row: no script and no emoji needs more, and a long row of them can spell a hidden text.
    private static final int MOST_JOINERS = 2;

    private CleanText() {}

    /// The text without invisible and bidirectional control characters. Tab, line feed, carriage return, the two
    /// joiners and the two selectors that scripts and emoji need stay, two in a row at most; line and paragraph separators become line feeds.
    public static String of(String text) {
        var clean = new StringBuilder(text.length());
        int[] joiners = {0};
        text.codePoints().forEach(c -> {
            joiners[0] = isJoiner(c) ? joiners[0] + 1 : 0;
            if (c == 0x2028 || c == 0x2029) {
                clean.append('\n');
            } else if (joiners[0] <= MOST_JOINERS && isVisible(c)) {
                clean.appendCodePoint(c);
            }
        });
        return clean.toString();
    }

    /// A JSON value with each text in it cleaned, names of members too.
    public static Object ofValue(Object value) {
        return switch (value) {
            case String text -> of(text);
            case Map<?, ?> members -> {
                Map<String, Object> clean = new LinkedHashMap<>();
                members.forEach((name, member) -> clean.put(of(String.valueOf(name)), ofValue(member)));
                yield clean;
            }
            case List<?> items -> items.stream().map(CleanText::ofValue).toList();
            default -> // open: numbers, truth values and null have nothing to clean
                value;
        };
    }

    private static boolean isJoiner(int c) {
        return c == 0x200C || c == 0x200D || c == 0xFE0E || c == 0xFE0F;
    }

    private static boolean isVisible(int c) {
        if (c == '\t' || c == '\n' || c == '\r' || isJoiner(c)) {
            return true;
        }
        if ((c >= 0xFE00 && c <= 0xFE0D)
                || (c >= 0xE0100 && c <= 0xE01EF)
                || (c >= 0x180B && c <= 0x180F)
                || c == 0x17B4
                || c == 0x17B5
                || c == 0x034F
                || c == 0x115F
                || c == 0x1160
                || c == 0x3164
                || c == 0xFFA0
                || c == 0xFFFC) {
            return false;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> // open: every other category can be seen
                true;
        };
    }
}
