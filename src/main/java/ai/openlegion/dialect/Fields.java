package ai.openlegion.dialect;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An object of a request, whose members are asked for by name; whatever is wrong is told with the path to it.
///
/// Every look at a member throws an [Untranslatable] where it is something else than asked for; a member that is null
/// is
/// absent.
///
/// @param members as [ai.openlegion.json.PlainJson] reads an object
/// @param path how the client would find the object; empty for the request itself
public record Fields(Map<?, ?> members, String path) {

    /// @throws Untranslatable when the value is no object
    public static Fields of(@Nullable Object value, String path) throws Untranslatable {
        if (value instanceof Map<?, ?> members) {
            return new Fields(members, path);
        }
        throw new Untranslatable(path, path + " must be an object");
    }

    /// The path to a member.
    public String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /// A member as it is; null where it is absent.
    public @Nullable Object get(String name) {
        return members.get(name);
    }

    /// The object a member holds, which must be there.
    public Fields object(String name) throws Untranslatable {
        return of(members.get(name), at(name));
    }

    /// The object a member holds; null where it is absent.
    public @Nullable Fields optional(String name) throws Untranslatable {
        return members.get(name) == null ? null : object(name);
    }

    /// All of it.
    @SuppressWarnings("unchecked") // what PlainJson makes of an object is a map of this type
    public Map<String, @Nullable Object> whole() {
        return (Map<String, @Nullable Object>) members;
    }

    /// The object a member holds, all of it; null where it is absent.
    public @Nullable Map<String, @Nullable Object> map(String name) throws Untranslatable {
        return members.get(name) == null ? null : object(name).whole();
    }

    /// The items of a member; none where it is absent.
    public List<?> list(String name) throws Untranslatable {
        return switch (members.get(name)) {
            case null -> List.of();
            case List<?> list -> list;
            default -> throw wrong(name, "must be an array"); // open: any other JSON value
        };
    }

    /// The text of a member; null where it is absent.
    public @Nullable String string(String name) throws Untranslatable {
        return switch (members.get(name)) {
            case null -> null;
            case String text -> text;
            default -> throw wrong(name, "must be a string"); // open: any other JSON value
        };
    }

    /// The text of a member that must be there.
    public String required(String name) throws Untranslatable {
        String text = string(name);
        if (text == null) {
            throw wrong(name, "is required");
        }
        return text;
    }

    /// The number of a member; null where it is absent.
    public @Nullable BigDecimal number(String name) throws Untranslatable {
        return switch (members.get(name)) {
            case null -> null;
            case BigDecimal number -> number;
            default -> throw wrong(name, "must be a number"); // open: any other JSON value
        };
    }

    /// The truth of a member; null where it is absent.
    public @Nullable Boolean truth(String name) throws Untranslatable {
        return switch (members.get(name)) {
            case null -> null;
            case Boolean truth -> truth;
            default -> throw wrong(name, "must be true or false"); // open: any other JSON value
        };
    }

    /// Refuses every further member that says something: to leave it out would change what the request means.
    public void only(Set<String> known) throws Untranslatable {
        for (Map.Entry<?, ?> each : members.entrySet()) {
            String name = String.valueOf(each.getKey());
            if (each.getValue() != null && !known.contains(name)) {
                throw wrong(name, "has no equivalent in the dialect of this model's provider; leave it out");
            }
        }
    }

    /// What is thrown where a member is wrong.
    ///
    /// @param what the rest of the sentence that the member's path begins
    public Untranslatable wrong(String name, String what) {
        return new Untranslatable(at(name), at(name) + " " + what);
    }
}
