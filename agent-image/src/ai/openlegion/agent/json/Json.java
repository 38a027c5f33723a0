package ai.openlegion.agent.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;

/// Between JSON texts and plain values: `Map<String, Object>` in the order of the text, `List<Object>`, `String`,
/// `Long`, `Double`, `Boolean` and [#NULL].
public final class Json {

    /// JSON's `null`; it is written so, and `toString` says so.
    public static final Object NULL = Null.NULL;

    private enum Null {
        NULL;

        @Override
        public String toString() {
            return "null";
        }
    }

    private Json() {}

    /// The value that the text holds.
    ///
    /// @throws JsonException if it is not exactly one JSON value, is nested deeper than 64, names a member twice, or
    ///     holds a number that neither a `long` nor a finite `double` is
    public static Object parse(String text) throws JsonException {
        return new JsonReader(text).whole();
    }

    /// The same for bytes.
    ///
    /// @throws JsonException also if they are not UTF-8
    public static Object parse(byte[] utf8) throws JsonException {
        try {
            return parse(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString());
        } catch (CharacterCodingException broken) {
            throw new JsonException("not UTF-8");
        }
    }

    /// The members of the object that the text holds.
    ///
    /// @throws JsonException also if it holds another value
    public static Map<String, Object> object(String text) throws JsonException {
        return Members.of(parse(text))
                .orElseThrow(() -> new JsonException("not an object"))
                .all();
    }

    /// The value as JSON, without spaces.
    ///
    /// @throws IllegalArgumentException if it is, or holds, anything that JSON is not
    public static String write(Object value) {
        var text = new StringBuilder();
        write(value, text);
        return text.toString();
    }

    private static void write(Object value, StringBuilder text) {
        switch (value) {
            case String string -> quote(string, text);
            case Boolean truth -> text.append(truth.booleanValue());
            case Integer whole -> text.append(whole.intValue());
            case Long whole -> text.append(whole.longValue());
            case Double number when Double.isFinite(number) -> text.append(number.doubleValue());
            case Null none -> text.append(none);
            case Map<?, ?> members -> {
                char before = '{';
                for (Map.Entry<?, ?> member : members.entrySet()) {
                    text.append(before);
                    quote(String.valueOf(member.getKey()), text);
                    text.append(':');
                    write(member.getValue(), text);
                    before = ',';
                }
                text.append(before == '{' ? "{}" : "}");
            }
            case Collection<?> items -> {
                char before = '[';
                for (Object item : items) {
                    text.append(before);
                    write(item, text);
                    before = ',';
                }
                text.append(before == '[' ? "[]" : "]");
            }
            default -> // open: any object may be given
                throw new IllegalArgumentException("not JSON: " + value.getClass());
        }
    }

    private static void quote(String string, StringBuilder text) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c == '\n') {
                text.append("\\n");
            } else if (c < ' ' || c == '\u2028' || c == '\u2029' || isLone(string, i)) {
                text.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    /// Half of a pair has no UTF-8; escaped it survives the way.
    private static boolean isLone(String string, int at) {
        char c = string.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == string.length() || !Character.isLowSurrogate(string.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(string.charAt(at - 1)));
    }
}
