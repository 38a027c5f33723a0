package ai.openlegion.workflow.model;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
        return parse(text, 0);
    }

    /// Reads a path that stands in a longer text.
    ///
    /// @param before characters of that text before it
    static ResultPath parse(String text, int before) throws Malformed {
        if (text.length() > MOST_CHARS) {
            throw new Malformed("a path may have at most " + MOST_CHARS + " characters");
        }
        int end = nameEnd(text, 0, before);
        String step = text.substring(0, end);
        List<Part> parts = new ArrayList<>();
        int at = end;
        while (at < text.length()) {
            if (parts.size() == MOST_PARTS) {
                throw new Malformed("a path may have at most " + MOST_PARTS + " parts");
            }
            char next = text.charAt(at);
            if (next == '.') {
                end = nameEnd(text, at + 1, before);
                parts.add(new Field(text.substring(at + 1, end)));
            } else if (next == '[') {
                end = text.indexOf(']', at);
                parts.add(new Index(index(text, at + 1, end, before)));
                end++;
            } else {
                throw new Malformed("character " + (before + at + 1) + ": expected . or [");
            }
            at = end;
        }
        return new ResultPath(text, step, parts);
    }

    /// What stands there; null where there is nothing.
    ///
    /// @param facts of the step; null = it is not over, or not there
    public @Nullable Object in(@Nullable StepFacts facts) {
        if (facts == null) {
            return null;
        }
        Object at = facts.result();
        for (int i = 0; i < parts.size() && (at != null || i == 0); i++) {
            Part part = parts.get(i);
            at = i == 0 && part instanceof Field(String name) && OWN.contains(name)
                    ? own(facts, name)
                    : inside(at, part);
        }
        return at;
    }

    private static @Nullable Object own(StepFacts facts, String name) {
        return switch (name) {
            case "status" -> facts.status();
            case "error" -> facts.error();
            case "tokens_used" -> BigDecimal.valueOf(facts.tokensUsed());
            case "duration_ms" -> BigDecimal.valueOf(facts.durationMillis());
            default -> facts.result(); // open: names of strings; it is the last of OWN
        };
    }

    private static @Nullable Object inside(@Nullable Object value, Part part) {
        return switch (part) {
            case Field(String name) -> value instanceof Map<?, ?> map ? map.get(name) : null;
            case Index(int at) -> value instanceof List<?> list && at < list.size() ? list.get(at) : null;
        };
    }

    private static int nameEnd(String text, int from, int before) throws Malformed {
        int end = from;
        while (end < text.length() && isNameChar(text.charAt(end))) {
            end++;
        }
        if (end == from) {
            throw new Malformed("character " + (before + from + 1) + ": expected a name");
        }
        return end;
    }

    /// Whether a character can be part of a name in a path.
    static boolean isNameChar(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-'
                || (c > 0x7f && Character.isLetterOrDigit(c));
    }

    private static int index(String text, int from, int end, int before) throws Malformed {
        boolean digits = end > from && end - from <= MOST_DIGITS;
        for (int at = from; digits && at < end; at++) {
            digits = text.charAt(at) >= '0' && text.charAt(at) <= '9';
        }
        if (!digits) {
            throw new Malformed("character " + (before + from + 1) + ": expected an index of 1 to " + MOST_DIGITS
                    + " digits and ]");
        }
        return Integer.parseInt(text, from, end, 10);
    }
}
