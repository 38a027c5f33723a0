package ai.openlegion.config;

import ai.openlegion.config.Node.Field;
import ai.openlegion.config.Node.Fields;
import ai.openlegion.config.Node.Items;
import ai.openlegion.config.Node.Kind;
import ai.openlegion.config.Node.Scalar;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns the text of one JSON file into nodes, strictly and within bounds; whatever is wrong with it becomes a problem.
final class JsonReader {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(YamlReader.MAX_DEPTH)
                    .maxNumberLength(64)
                    .build())
            .build();

    private final Source source;
    private final Problems problems;

    private JsonReader(Source source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /// The root, if the text is one JSON value and nothing else.
    static Optional<Node> read(Source source, Problems problems) {
        return new JsonReader(source, problems).read();
    }

    /// Only notes what is wrong with the text.
    static void check(Source source, Problems problems) {
        var _ = read(source, problems);
    }

    private Optional<Node> read() {
        try (JsonParser parser = FACTORY.createParser(source.text())) {
            if (parser.nextToken() == null) {
                problem(0, "is empty; {\"permissions\": {}} is the least it can hold");
                return Optional.empty();
            }
            Node root = value(parser, "");
            if (parser.nextToken() != null) {
                problem(line(parser), "goes on after its closing brace");
                return Optional.empty();
            }
            return Optional.of(root);
        } catch (StreamConstraintsException tooMuch) {
            problem(lineOf(tooMuch), "is nested too deeply, or holds a number that is too long");
        } catch (JsonProcessingException malformed) {
            problem(lineOf(malformed), "is not well-formed JSON" + reason(malformed.getOriginalMessage()));
        } catch (IOException impossible) {
            problem(0, "cannot be read");
        }
        return Optional.empty();
    }

    private Node value(JsonParser parser, String path) throws IOException {
        int line = line(parser);
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return fields(parser, line, path);
        }
        if (token == JsonToken.START_ARRAY) {
            List<Node> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(value(parser, path + '[' + items.size() + ']'));
            }
            return new Items(line, items);
        }
        Kind kind = token.isNumeric()
                ? Kind.NUMBER
                : token.isBoolean() ? Kind.BOOLEAN : token == JsonToken.VALUE_NULL ? Kind.NULL : Kind.TEXT;
        return new Scalar(line, kind, parser.getText());
    }

    private Node fields(JsonParser parser, int line, String path) throws IOException {
        Map<String, Field> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            int keyLine = line(parser);
            String keyPath = Tree.path(path, key);
            parser.nextToken();
            Node value = value(parser, keyPath);
            if (fields.putIfAbsent(key, new Field(keyLine, value)) != null) {
                problems.add(source.file(), keyLine, keyPath, "is given twice");
            }
        }
        return new Fields(line, fields);
    }

    /* Jackson quotes what it stumbled over, which may be a secret; only the shape of the mistake is passed on. */
    private static String reason(@Nullable String message) {
        if (message == null) {
            return "";
        }
        if (message.contains("comment") || message.contains("('/' (code 47))") || message.contains("('#' (code 35))")) {
            return ": JSON has no comments";
        }
        if (message.contains("end-of-input") || message.contains("end of input")) {
            return ": it breaks off here";
        }
        if (message.contains("(code 9)") || message.contains("Illegal unquoted character")) {
            return ": a line break, tab or control character stands inside a string";
        }
        if (message.contains("(']' (code 93))") || message.contains("('}' (code 125))")) {
            return ": a comma stands before the closing bracket, or the wrong bracket closes";
        }
        return "";
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static int lineOf(JsonProcessingException broken) {
        return broken.getLocation() == null ? 0 : broken.getLocation().getLineNr();
    }

    private void problem(int line, String message) {
        problems.add(source.file(), Math.max(line, 0), "", message);
    }
}
