package ai.openlegion.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The top-level members of a JSON object, each with the very text it was sent as, so that no number or escape changes
/// on its way through the mesh. Line breaks, which JSON has between its tokens only, become spaces: every text fits on
/// one line of an event stream.
public final class Members {

    private final String whole;
    private final Map<String, Member> members;

    private Members(String whole, Map<String, Member> members) {
        this.whole = whole;
        this.members = members;
    }

    private record Member(
            JsonToken kind, String raw, @Nullable String scalar) {}

    /// What reading a body came to.
    public sealed interface Reading {}

    /// A well-formed object.
    public record Read(Members members) implements Reading {}

    /// Not JSON as this mesh reads it: malformed, truncated, too deep, a duplicate key, not UTF-8; a 400.
    public record Malformed(String why) implements Reading {}

    /// Well-formed, but another value than an object; a 422.
    public record NotAnObject() implements Reading {}

    /// Reads a whole body.
    public static Reading read(byte[] json) {
        if (!isText(json)) {
            return new Malformed("The body is not UTF-8");
        }
        try (JsonParser parser = StrictJson.strict(json)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return new Malformed("The body is empty");
            }
            if (first != JsonToken.START_OBJECT) {
                parser.skipChildren();
                return ends(parser) ? new NotAnObject() : trailing();
            }
            int start = offset(parser);
            Map<String, Member> members = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                members.put(name, member(parser, json));
            }
            String whole = text(json, start, end(parser));
            return ends(parser) ? new Read(new Members(whole, members)) : trailing();
        } catch (StreamConstraintsException tooMuch) {
            return new Malformed("The body is nested deeper than " + StrictJson.MAX_DEPTH + " levels or holds a number"
                    + " of too many digits");
        } catch (JsonProcessingException malformed) {
            return new Malformed("The body is not well-formed JSON, or has a key twice");
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory failed", impossible);
        }
    }

    /// The text of a whole body that is any one JSON value, on one line; null where it is not JSON as [#read] takes it.
    public static @Nullable String value(byte[] json) {
        if (!isText(json)) {
            return null;
        }
        try (JsonParser parser = StrictJson.strict(json)) {
            if (parser.nextToken() == null) {
                return null;
            }
            int start = offset(parser);
            parser.skipChildren();
            int end = end(parser);
            return ends(parser) ? text(json, start, end) : null;
        } catch (JsonProcessingException malformed) {
            return null;
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory failed", impossible);
        }
    }

    /* JSON has no zero byte; with one, the parser would take UTF-16 or UTF-32 for meant. */
    private static boolean isText(byte[] json) {
        for (byte b : json) {
            if (b == 0) {
                return false;
            }
        }
        return StrictJson.isUtf8(json);
    }

    private static Member member(JsonParser parser, byte[] json) throws IOException {
        JsonToken kind = parser.nextToken();
        int start = offset(parser);
        String scalar = kind.isScalarValue() ? parser.getText() : null;
        parser.skipChildren();
        return new Member(kind, text(json, start, end(parser)), scalar);
    }

    private static int offset(JsonParser parser) {
        return Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    }

    private static int end(JsonParser parser) throws IOException {
        parser.finishToken();
        return Math.toIntExact(parser.currentLocation().getByteOffset());
    }

    private static boolean ends(JsonParser parser) throws IOException {
        return parser.nextToken() == null;
    }

    private static Malformed trailing() {
        return new Malformed("Something follows the body's JSON");
    }

    private static String text(byte[] json, int from, int to) {
        return new String(json, from, to - from, StandardCharsets.UTF_8)
                .replace('\n', ' ')
                .replace('\r', ' ');
    }

    /// The whole object as it was sent, on one line.
    public String whole() {
        return whole;
    }

    /// The names of its members, in their order.
    public List<String> names() {
        return List.copyOf(members.keySet());
    }

    /// Whether the member is there and not null.
    public boolean has(String name) {
        Member member = members.get(name);
        return member != null && member.kind != JsonToken.VALUE_NULL;
    }

    /// The member's value as it was sent, on one line; null where it is absent or null.
    public @Nullable String raw(String name) {
        Member member = members.get(name);
        return member == null || member.kind == JsonToken.VALUE_NULL ? null : member.raw;
    }

    /// Whether the member is an object.
    public boolean isObject(String name) {
        return isKind(name, JsonToken.START_OBJECT);
    }

    /// Whether the member is an array.
    public boolean isArray(String name) {
        return isKind(name, JsonToken.START_ARRAY);
    }

    /// Whether the member is a string.
    public boolean isString(String name) {
        return isKind(name, JsonToken.VALUE_STRING);
    }

    /// Whether the member is a whole number that fits a long.
    public boolean isInteger(String name) {
        Member member = members.get(name);
        return member != null && member.kind == JsonToken.VALUE_NUMBER_INT && parsed(member) != null;
    }

    /// Whether the member is true or false.
    public boolean isBoolean(String name) {
        return isKind(name, JsonToken.VALUE_TRUE) || isKind(name, JsonToken.VALUE_FALSE);
    }

    private boolean isKind(String name, JsonToken kind) {
        Member member = members.get(name);
        return member != null && member.kind == kind;
    }

    /// The string a member holds; null where it is no string.
    public @Nullable String string(String name) {
        Member member = members.get(name);
        return member != null && member.kind == JsonToken.VALUE_STRING ? member.scalar : null;
    }

    /// The strings of an array in their order; null where the member is none, or holds anything else.
    public @Nullable List<String> strings(String name) {
        Member member = members.get(name);
        if (member == null || member.kind != JsonToken.START_ARRAY) {
            return null;
        }
        List<String> strings = new ArrayList<>();
        try (JsonParser parser = StrictJson.strict(member.raw.getBytes(StandardCharsets.UTF_8))) {
            JsonToken each = parser.nextToken();
            while (each != null) {
                each = parser.nextToken();
                if (each == JsonToken.END_ARRAY) {
                    return strings;
                }
                if (each != JsonToken.VALUE_STRING) {
                    return null;
                }
                strings.add(parser.getText());
            }
            return null;
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory failed", impossible);
        }
    }

    /// The items of an array in their order, each as it was sent; null where the member is none.
    public @Nullable List<String> raws(String name) {
        Member member = members.get(name);
        if (member == null || member.kind != JsonToken.START_ARRAY) {
            return null;
        }
        byte[] array = member.raw.getBytes(StandardCharsets.UTF_8);
        List<String> raws = new ArrayList<>();
        try (JsonParser parser = StrictJson.strict(array)) {
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                int start = offset(parser);
                parser.skipChildren();
                raws.add(text(array, start, end(parser)));
            }
            return raws;
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory failed", impossible);
        }
    }

    /// The whole number a member holds, or `absent` where it is none.
    public long integer(String name, long absent) {
        Member member = members.get(name);
        Long parsed = member == null || member.kind != JsonToken.VALUE_NUMBER_INT ? null : parsed(member);
        return parsed == null ? absent : parsed;
    }

    /// The truth value a member holds, or `absent` where it is none.
    public boolean truth(String name, boolean absent) {
        return isBoolean(name) ? isKind(name, JsonToken.VALUE_TRUE) : absent;
    }

    private static @Nullable Long parsed(Member member) {
        try {
            return Long.valueOf(member.raw);
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }

    /// A text as a JSON string, quotes and all.
    public static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
