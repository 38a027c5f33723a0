package ai.openlegion.workflow.model;

import java.util.ArrayList;
import java.util.List;

/// A blackboard key with variables of a run's input: `context/prospect_{lead_id}`.
///
/// @param text as the file has it
/// @param parts literals and variables in order
public record KeyTemplate(String text, List<Part> parts) {

    private static final int MOST_CHARS = 512;

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
}
