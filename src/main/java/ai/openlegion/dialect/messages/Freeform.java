package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Prompt;
import ai.openlegion.json.PlainJson;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tools of OpenAI whose input is text of any kind, said as tools with the one text parameter `input`.
///
/// An answer is read without its request at hand, so the name says that a tool is such a one.
final class Freeform {

    /// What a call's arguments begin and end with, as the inside of a JSON string.
    static final byte[] HEAD = Json.utf8("{\\\"input\\\":\\\"");

    static final byte[] TAIL = Json.utf8("\\\"}");

    private static final String MARK = "__ol1text";

    private Freeform() {}

    static String marked(String name) {
        return name + MARK;
    }

    static boolean isMarked(String name) {
        return name.endsWith(MARK);
    }

    static String unmarked(String name) {
        return isMarked(name) ? name.substring(0, name.length() - MARK.length()) : name;
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
