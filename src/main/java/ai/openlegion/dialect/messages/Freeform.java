package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Prompt;
import ai.openlegion.json.PlainJson;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tools of OpenAI whose input is text of any kind, said as tools with the one text parameter `input`.
///
/// The name says that a tool is such a one: among an agent's own tools another may have the plain name.
final class Freeform {

    /// What a call's arguments begin and end with, as the inside of a JSON string.
    static final byte[] HEAD = Json.utf8("{\\\"input\\\":\\\"");

    static final byte[] TAIL = Json.utf8("\\\"}");

    private static final String MARK = "__ol1text";

    private Freeform() {}

    static String marked(String name) {
        return name + MARK;
    }

    /// The tool of these freeform ones that is called by this name; null where none is.
    ///
    /// The mark alone tells nothing: an agent may call a tool of its own like that, and its calls are to be read as
    /// they are.
    static @Nullable String unmarked(String name, Set<String> freeform) {
        String plain = name.endsWith(MARK) ? name.substring(0, name.length() - MARK.length()) : name;
        return name.endsWith(MARK) && freeform.contains(plain) ? plain : null;
    }

    static Map<String, @Nullable Object> schema(Prompt.Tool tool) {
        Map<String, @Nullable Object> input = Json.object("type", "string");
        if (tool.grammar() != null) {
            input.put(
                    "description",
                    "The whole input of the tool, as plain text in this format: " + PlainJson.write(tool.grammar()));
        }
        return Json.object(
                "type",
                "object",
                "properties",
                Json.object("input", input),
                "required",
                List.of("input"),
                "additionalProperties",
                false);
    }

    /// A piece of text, the inside of a JSON string, as it is inside of one that is inside of another.
    static byte[] quoted(byte[] bytes, int from, int to) {
        var out = new ByteArrayOutputStream(to - from + 16);
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\' || bytes[i] == '"') {
                out.write('\\');
            }
            out.write(bytes[i]);
        }
        return out.toByteArray();
    }
}
