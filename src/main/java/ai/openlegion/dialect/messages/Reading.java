package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Untranslatable;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes members out of a request's objects and names what is not as it has to be.
final class Reading {

    private Reading() {}

    static Map<?, ?> object(@Nullable Object value, String path) throws Untranslatable {
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw new Untranslatable(path, path + " must be an object");
    }

    static List<?> list(@Nullable Object value, String path) throws Untranslatable {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new Untranslatable(path, path + " must be an array");
    }

    static String text(Map<?, ?> object, String name, String path) throws Untranslatable {
        if (object.get(name) instanceof String text) {
            return text;
        }
        throw new Untranslatable(path + "." + name, path + "." + name + " must be a string");
    }

    static @Nullable String textOrNull(Map<?, ?> object, String name, String path) throws Untranslatable {
        return object.get(name) == null ? null : text(object, name, path);
    }

    static boolean flag(Map<?, ?> object, String name, String path) throws Untranslatable {
        Object value = object.get(name);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw new Untranslatable(path + "." + name, path + "." + name + " must be true or false");
    }

    static @Nullable BigDecimal number(Map<?, ?> object, String name, String path) throws Untranslatable {
        Object value = object.get(name);
        if (value == null || value instanceof BigDecimal) {
            return (BigDecimal) value;
        }
        throw new Untranslatable(path, path + " must be a number");
    }

    /// A JSON schema, or another object that is passed on as it is.
    @SuppressWarnings("unchecked") // what PlainJson makes of an object is a map of this type
    static Map<String, @Nullable Object> plain(@Nullable Object value, String path) throws Untranslatable {
        return (Map<String, @Nullable Object>) object(value, path);
    }

    /// Refuses what is neither known nor a hint that may be left out. A member that is null says nothing.
    static void only(Map<?, ?> object, String path, Set<String> known, Set<String> hints) throws Untranslatable {
        for (Map.Entry<?, ?> member : object.entrySet()) {
            String name = String.valueOf(member.getKey());
            if (member.getValue() != null && !known.contains(name) && !hints.contains(name)) {
                String field = path.isEmpty() ? name : path + "." + name;
                throw new Untranslatable(
                        field, field + " has no equal in the dialect of this model's provider; leave it out");
            }
        }
    }
}
