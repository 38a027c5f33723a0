package ai.openlegion.fabric;

import ai.openlegion.json.Members;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a request brings in its query and its JSON body, read member by member. The first thing that is wrong is kept
/// as
/// the [Flaw]; what is read after it is a placeholder and must not be used.
final class Input {

    /// The largest payload or value, in bytes of its text.
    static final int VALUE_BYTES = 256 * 1024;

    /// The largest body that can carry such a value: its other members are short.
    static final int BODY_BYTES = VALUE_BYTES + 16 * 1024;

    private final MultiMap query;
    private final @Nullable Members body;
    private @Nullable Flaw flaw;

    Input(MultiMap query, @Nullable Members body) {
        this.query = query;
        this.body = body;
    }

    /// What is wrong with a request: 400 for a value that cannot be, 422 for a member that is missing or of another
    /// type,
    /// 413 for one that is too large.
    record Flaw(int status, String detail) {}

    /// The first thing that was found wrong; null while nothing was.
    @Nullable
    Flaw flaw() {
        return flaw;
    }

    /// Notes that something is wrong.
    void flawed(int status, String detail) {
        if (flaw == null) {
            flaw = new Flaw(status, detail);
        }
    }

    private Members body() {
        if (body == null) {
            throw new IllegalStateException("this route reads no body");
        }
        return body;
    }

    /// The one value of the query's; of two nobody can say which is meant, as of a member that stands twice.
    private @Nullable String once(String name) {
        List<String> values = query.getAll(name);
        if (values.size() > 1) {
            flawed(400, name + " stands more than once in the query");
        }
        return values.isEmpty() ? null : values.getFirst();
    }

    /// A whole number of the query.
    long queryInteger(String name, long absent, long least, long most) {
        String text = once(name);
        if (text == null) {
            return absent;
        }
        long value = number(text);
        if (value < least || value > most) {
            flawed(400, name + " is a whole number from " + least + " to " + most);
            return absent;
        }
        return value;
    }

    /// A whole number from 0; -1 where the text is none.
    static long number(String text) {
        try {
            return text.length() > 18 ? -1 : Long.parseLong(text);
        } catch (NumberFormatException none) {
            return -1;
        }
    }

    /// A text of the query; null where it is absent.
    @Nullable
    String queryText(String name, int mostChars) {
        String text = once(name);
        if (text != null && text.length() > mostChars) {
            flawed(400, name + " has more than " + mostChars + " characters");
        }
        return text;
    }

    /// A name of the query that must be there.
    String queryName(String name, int mostChars) {
        String text = once(name);
        if (text == null) {
            flawed(422, name + " is missing in the query");
            return "";
        }
        return checkedName(name, text, mostChars);
    }

    /// Whether a member is there and not null.
    boolean has(String name) {
        return body().has(name);
    }

    /// A member that is a name: a string, not empty, without control characters.
    String name(String name, int mostChars) {
        String text = body().string(name);
        if (text == null) {
            flawed(422, name + " must be a string");
            return "";
        }
        return checkedName(name, text, mostChars);
    }

    /// A member that is a name, if it is there.
    @Nullable
    String optionalName(String name, int mostChars) {
        return has(name) ? name(name, mostChars) : null;
    }

    private String checkedName(String name, String text, int mostChars) {
        if (text.isEmpty() || text.length() > mostChars) {
            flawed(400, name + " has 1 to " + mostChars + " characters");
        } else if (!isPlain(text)) {
            flawed(400, name + " holds a control character");
        }
        return text;
    }

    private static boolean isPlain(String text) {
        return text.codePoints().noneMatch(c -> Character.isISOControl(c) || isLoneSurrogate(c));
    }

    private static boolean isLoneSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    /// A member that is any text.
    String text(String name, String absent, int mostChars) {
        if (!has(name)) {
            return absent;
        }
        String text = body().string(name);
        if (text == null) {
            flawed(422, name + " must be a string");
            return absent;
        }
        if (text.length() > mostChars) {
            flawed(400, name + " has more than " + mostChars + " characters");
        } else if (text.codePoints().anyMatch(Input::isLoneSurrogate)) {
            flawed(400, name + " is not well-formed Unicode");
        }
        return text;
    }

    /// A member that is one of a few words; null where it is absent.
    @Nullable
    String word(String name, Set<String> words) {
        if (!has(name)) {
            return null;
        }
        String text = body().string(name);
        if (text == null) {
            flawed(422, name + " must be a string");
        } else if (!words.contains(text)) {
            flawed(
                    400,
                    name + " is one of "
                            + String.join(", ", words.stream().sorted().toList()));
        }
        return text;
    }

    /// A member that is a whole number.
    long integer(String name, long absent, long least, long most) {
        if (!has(name)) {
            return absent;
        }
        if (!body().isInteger(name)) {
            flawed(422, name + " must be a whole number");
            return absent;
        }
        long value = body().integer(name, absent);
        if (value < least || value > most) {
            flawed(400, name + " is from " + least + " to " + most);
        }
        return value;
    }

    /// A whole number that must be there.
    long integer(String name, long least, long most) {
        if (!has(name)) {
            flawed(422, name + " must be a whole number");
        }
        return integer(name, least, least, most);
    }

    /// A member that is true or false; null where it is absent.
    @Nullable
    Boolean truth(String name) {
        if (has(name) && !body().isBoolean(name)) {
            flawed(422, name + " must be true or false");
        }
        return has(name) ? body().truth(name, false) : null;
    }

    /// The text of a member that is any JSON value.
    String value(String name, String absent) {
        String raw = body().raw(name);
        return raw == null ? absent : bounded(name, raw);
    }

    /// The text of a member that is an object.
    String object(String name, @Nullable String absent) {
        if (!has(name) && absent != null) {
            return absent;
        }
        String raw = body().raw(name);
        if (raw == null || !body().isObject(name)) {
            flawed(422, name + " must be an object");
            return "{}";
        }
        return bounded(name, raw);
    }

    private String bounded(String name, String raw) {
        if (raw.length() > VALUE_BYTES / 3 && ByteBufUtil.utf8Bytes(raw) > VALUE_BYTES) {
            flawed(413, name + " is larger than " + VALUE_BYTES + " bytes");
        }
        return raw;
    }

    /// The members of a member that is an object.
    Optional<Input> members(String name) {
        if (!has(name)) {
            return Optional.empty();
        }
        return Members.read(object(name, null).getBytes(StandardCharsets.UTF_8)) instanceof Members.Read read
                ? Optional.of(new Input(query, read.members()))
                : Optional.empty();
    }

    /// A member that is a list of names; empty where it is absent.
    List<String> names(String name, int most, int mostChars) {
        if (!has(name)) {
            return List.of();
        }
        List<String> names = body().strings(name);
        if (names == null) {
            flawed(422, name + " must be a list of strings");
            return List.of();
        }
        if (names.size() > most) {
            flawed(400, name + " has more than " + most + " entries");
        }
        for (String each : names) {
            var _ = checkedName("each of " + name, each, mostChars);
        }
        return names;
    }
}
