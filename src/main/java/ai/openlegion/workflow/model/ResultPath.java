package ai.openlegion.workflow.model;

import java.util.ArrayList;
import java.util.List;

/// A place in the result of an earlier step: `step`, `step.result.list`, `step.items[0].name`.
///
/// @param text as the file has it
/// @param step whose result it is
/// @param parts from there on; the first may be one of [#OWN], else it is looked up inside the result
public record ResultPath(String text, String step, List<Part> parts) {

    /// What a step says of itself besides its result.
    public static final List<String> OWN = List.of("status", "error", "tokens_used", "duration_ms", "result");

    private static final int MOST_CHARS = 512;
    private static final int MOST_PARTS = 32;
    private static final int MOST_DIGITS = 6;

    public ResultPath {
        parts = List.copyOf(parts);
    }

    /// A step into a value.
    public sealed interface Part {}

    /// A member of an object.
    public record Field(String name) implements Part {}

    /// An item of a list, from 0.
    public record Index(int at) implements Part {}

    /// Reads a path.
    ///
    /// @throws Malformed naming the character at which it goes wrong
    public static ResultPath parse(String text) throws Malformed {
        if (text.length() > MOST_CHARS) {
            throw new Malformed("a path may have at most " + MOST_CHARS + " characters");
        }
        int end = nameEnd(text, 0);
        String step = text.substring(0, end);
        List<Part> parts = new ArrayList<>();
        int at = end;
        while (at < text.length()) {
            if (parts.size() == MOST_PARTS) {
                throw new Malformed("a path may have at most " + MOST_PARTS + " parts");
            }
            char next = text.charAt(at);
            if (next == '.') {
                end = nameEnd(text, at + 1);
                parts.add(new Field(text.substring(at + 1, end)));
            } else if (next == '[') {
                end = text.indexOf(']', at);
                parts.add(new Index(index(text, at + 1, end)));
                end++;
            } else {
                throw new Malformed("character " + (at + 1) + ": expected . or [");
            }
            at = end;
        }
        return new ResultPath(text, step, parts);
    }

    private static int nameEnd(String text, int from) throws Malformed {
        int end = from;
        while (end < text.length() && isNameChar(text.charAt(end))) {
            end++;
        }
        if (end == from) {
            throw new Malformed("character " + (from + 1) + ": expected a name");
        }
        return end;
    }

    /// Whether a character can be part of a name in a path.
    static boolean isNameChar(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }

    private static int index(String text, int from, int end) throws Malformed {
        boolean digits = end > from && end - from <= MOST_DIGITS;
        for (int at = from; digits && at < end; at++) {
            digits = text.charAt(at) >= '0' && text.charAt(at) <= '9';
        }
        if (!digits) {
            throw new Malformed(
                    "character " + (from + 1) + ": expected an index of 1 to " + MOST_DIGITS + " digits and ]");
        }
        return Integer.parseInt(text, from, end, 10);
    }
}
