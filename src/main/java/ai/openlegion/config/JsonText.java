package ai.openlegion.config;

import ai.openlegion.config.Node.Field;
import ai.openlegion.config.Node.Fields;
import ai.openlegion.config.Node.Items;
import ai.openlegion.config.Node.Scalar;
import ai.openlegion.json.Members;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The JSON that a piece of configuration stands for, on one line; numbers stay as they were written.
final class JsonText {

    /// A value that has no meaning in JSON, and where it stands.
    static final class NoJson extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int line;
        private final String reason;

        NoJson(int line, String reason) {
            super(reason, null, false, false);
            this.line = line;
            this.reason = reason;
        }

        int line() {
            return line;
        }

        String reason() {
            return reason;
        }
    }

    private JsonText() {}

    /// @throws NoJson for a value that is easily misread, such as `yes` or `0x1F`
    static String of(Node node) {
        return switch (node) {
            case Fields(int _, Map<String, Field> fields) -> {
                List<String> members = new ArrayList<>();
                fields.forEach((key, field) -> members.add(Members.quoted(key) + ":" + of(field.value())));
                yield "{" + String.join(",", members) + "}";
            }
            case Items(int _, List<Node> items) ->
                "[" + String.join(",", items.stream().map(JsonText::of).toList()) + "]";
            case Scalar scalar -> scalar(scalar);
        };
    }

    private static String scalar(Scalar scalar) {
        return switch (scalar.kind()) {
            case TEXT -> Members.quoted(scalar.text());
            case NUMBER -> scalar.text();
            case EMPTY, NULL -> "null";
            case BOOLEAN -> {
                if (!scalar.text().equals("true") && !scalar.text().equals("false")) {
                    throw new NoJson(scalar.line(), "must be true or false, or a text in quotes");
                }
                yield scalar.text();
            }
            case ODD_NUMBER ->
                throw new NoJson(scalar.line(), "must be a number as JSON writes it, or a text in quotes");
        };
    }
}
