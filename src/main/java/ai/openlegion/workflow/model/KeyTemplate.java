package ai.openlegion.workflow.model;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A blackboard key with variables of a run's input: `context/prospect_{lead_id}`.
///
/// @param text as the file has it
/// @param parts literals and variables in order
public record KeyTemplate(String text, List<Part> parts) {

    private static final int MOST_CHARS = 512;
    private static final int MOST_VALUE_CHARS = 128;

    public KeyTemplate {
        parts = List.copyOf(parts);
    }

    /// A piece of a key.
    public sealed interface Part {}

    /// A piece that is as it stands.
    public record Literal(String text) implements Part {}

    /// A top-level member of the run's input.
    public record Variable(String name) implements Part {}

    /// Reads a template.
    ///
    /// @throws Malformed when it is empty or too long, or a brace has no partner or no name
    public static KeyTemplate parse(String text) throws Malformed {
        if (text.isEmpty() || text.length() > MOST_CHARS) {
            throw new Malformed("a key must have 1 to " + MOST_CHARS + " characters");
        }
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int open = text.indexOf('{', at);
            int literalEnd = open < 0 ? text.length() : open;
            if (text.substring(at, literalEnd).indexOf('}') >= 0) {
                throw new Malformed("a } without a {");
            }
            if (literalEnd > at) {
                parts.add(new Literal(text.substring(at, literalEnd)));
            }
            if (open < 0) {
                break;
            }
            int close = text.indexOf('}', open);
            String name = close < 0 ? "" : text.substring(open + 1, close);
            if (name.isEmpty() || !name.chars().allMatch(c -> ResultPath.isNameChar((char) c))) {
                throw new Malformed("{ must be followed by a name and }");
            }
            parts.add(new Variable(name));
            at = close + 1;
        }
        return new KeyTemplate(text, parts);
    }

    /// What filling a template came to.
    public sealed interface Filling {}

    /// The key.
    public record Filled(String key) implements Filling {}

    /// A variable has no value, or one that could leave its segment.
    ///
    /// @param why in words
    public record Refused(String why) implements Filling {}

    /// The key for a run's input.
    ///
    /// @param input as [ai.openlegion.json.PlainJson] reads it
    public Filling fill(Map<String, @Nullable Object> input) {
        var key = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Literal literal -> key.append(literal.text());
                case Variable variable -> {
                    String value = plain(input.get(variable.name()));
                    if (value == null) {
                        return new Refused("the input's " + variable.name() + " must be a string of 1 to "
                                + MOST_VALUE_CHARS + " characters of A-Z a-z 0-9 _ . @ + -, a whole number or a"
                                + " boolean");
                    }
                    key.append(value);
                }
            }
        }
        return new Filled(key.toString());
    }

    private static @Nullable String plain(@Nullable Object value) {
        String text = switch (value) {
            case String string -> string;
            case Boolean truth -> truth.toString();
            // told without expanding 1e999999999
            case BigDecimal number
            when number.scale() <= 0 && (long) number.precision() - number.scale() <= MOST_VALUE_CHARS ->
                number.toPlainString();
            case null, default -> ""; // open: lists, objects, broken numbers
        };
        boolean isPlain = !text.isEmpty()
                && text.length() <= MOST_VALUE_CHARS
                && !text.equals(".")
                && !text.equals("..")
                && text.chars().allMatch(KeyTemplate::isPlain);
        return isPlain ? text : null;
    }

    private static boolean isPlain(int c) {
        return c < 0x80 && (ResultPath.isNameChar((char) c) || c == '.' || c == '@' || c == '+');
    }
}
