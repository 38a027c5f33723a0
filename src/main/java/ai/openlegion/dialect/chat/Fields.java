package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.Untranslatable;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An object of a request, whose members are asked for by name; whatever is wrong is told with the path to it.
record Fields(Map<?, ?> members, String path) {

    /// @throws Untranslatable when the value is no object
    static Fields of(@Nullable Object value, String path) throws Untranslatable {
        if (value instanceof Map<?, ?> members) {
            return new Fields(members, path);
        }
        throw new Untranslatable(path, path + " must be an object");
    }

    /// The path to a member.
    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /// A member as it is; null where it is absent.
    @Nullable
    Object get(String name) {
        return members.get(name);
    }

    Fields object(String name) throws Untranslatable {
        return of(members.get(name), at(name));
    }

    /// All of it.
    @SuppressWarnings("unchecked") // what PlainJson makes of an object is a map of this type
    Map<String, @Nullable Object> whole() {
        return (Map<String, @Nullable Object>) members;
    }

    /// The object a member holds; null where it is absent.
    @Nullable
    Map<String, @Nullable Object> map(String name) throws Untranslatable {
        return members.get(name) == null ? null : object(name).whole();
    }

    /// The items of a member; none where it is absent.
    List<?> list(String name) throws Untranslatable {
        return switch (members.get(name)) {
            case null -> List.of();
            case List<?> list -> list;
            default -> throw wrong(name, "must be an array"); // open: any other JSON value
        };
    }

    @Nullable
    String string(String name) throws Untranslatable {
        return switch (members.get(name)) {
            case null -> null;
            case String text -> text;
            default -> throw wrong(name, "must be a string"); // open: any other JSON value
        };
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
        return switch (members.get(name)) {
            case null -> null;
            case BigDecimal number -> number;
            default -> throw wrong(name, "must be a number"); // open: any other JSON value
        };
    }

    @Nullable
    Boolean truth(String name) throws Untranslatable {
        return switch (members.get(name)) {
            case null -> null;
            case Boolean truth -> truth;
            default -> throw wrong(name, "must be true or false"); // open: any other JSON value
        };
    }

    /// Refuses every further member that says something.
    void only(Set<String> known) throws Untranslatable {
        for (Map.Entry<?, ?> each : members.entrySet()) {
            String name = String.valueOf(each.getKey());
            if (each.getValue() != null && !known.contains(name)) {
                throw wrong(name, "has no equivalent in the dialect of this model's provider");
            }
        }
    }

    Untranslatable wrong(String name, String what) {
        return new Untranslatable(at(name), at(name) + " " + what);
    }
}
