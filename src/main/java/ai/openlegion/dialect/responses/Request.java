package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.Untranslatable;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An object of a request, asked for its members; what is wrong is told with the path to it.
///
/// @param path how the client would find the object; empty for the request itself
record Request(Map<?, ?> members, String path) {

    static Request of(@Nullable Object value, String path) throws Untranslatable {
        if (value instanceof Map<?, ?> object) {
            return new Request(object, path);
        }
        throw new Untranslatable(path, path + " must be an object");
    }

    @Nullable
    Object get(String name) {
        return members.get(name);
    }

    /// The object a member holds; null where there is none.
    @Nullable
    Request object(String name) throws Untranslatable {
        return get(name) == null ? null : of(get(name), at(name));
    }

    /// The object a member holds, as it is; null where there is none.
    @SuppressWarnings("unchecked") // what PlainJson makes of an object is a map of this type
    @Nullable
    Map<String, @Nullable Object> plain(String name) throws Untranslatable {
        Request object = object(name);
        return object == null ? null : (Map<String, @Nullable Object>) object.members;
    }

    /// A member's items; none where it is absent.
    List<?> list(String name) throws Untranslatable {
        Object value = get(name);
        if (value == null || value instanceof List<?>) {
            return value == null ? List.of() : (List<?>) value;
        }
        throw wrong(name, "must be an array");
    }

    @Nullable
    String string(String name) throws Untranslatable {
        Object value = get(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrong(name, "must be a string");
    }

    String required(String name) throws Untranslatable {
        String text = string(name);
        if (text == null) {
            throw wrong(name, "is required");
        }
        return text;
    }

    @Nullable
    BigDecimal number(String name) throws Untranslatable {
        Object value = get(name);
        if (value == null || value instanceof BigDecimal) {
            return (BigDecimal) value;
        }
        throw wrong(name, "must be a number");
    }

    @Nullable
    Boolean truth(String name) throws Untranslatable {
        Object value = get(name);
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw wrong(name, "must be true or false");
    }

    /// Refuses what is neither known nor null: to leave it out would change what the request means.
    void only(Set<String> known) throws Untranslatable {
        for (Map.Entry<?, ?> member : members.entrySet()) {
            String name = String.valueOf(member.getKey());
            if (member.getValue() != null && !known.contains(name)) {
                throw wrong(name, "cannot be said to this model's provider; leave it out, or use a model of OpenAI's");
            }
        }
    }

    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    Untranslatable wrong(String name, String what) {
        return new Untranslatable(at(name), at(name) + " " + what);
    }
}
