package ai.openlegion.agent.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The members of a JSON object, each read as what it should be; one of another kind counts as absent.
///
/// @param all by name, unmodifiable
public record Members(Map<String, Object> all) {

    private static final Members NONE = new Members(Map.of());

    /// Shares nothing with what was given.
    public Members {
        all = Collections.unmodifiableMap(new LinkedHashMap<>(all));
    }

    /// The members of a value, empty unless it is an object.
    public static Optional<Members> of(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return Optional.empty();
        }
        Map<String, Object> members = new LinkedHashMap<>();
        map.forEach((name, member) -> members.put(String.valueOf(name), member));
        return Optional.of(new Members(members));
    }

    /// Any member but one that is `null`.
    public Optional<Object> any(String name) {
        return Optional.ofNullable(all.get(name)).filter(value -> !value.equals(Json.NULL));
    }

    public Optional<String> text(String name) {
        return any(name).filter(String.class::isInstance).map(String.class::cast);
    }

    /// A whole number; one written with a fraction of zero counts.
    public Optional<Long> whole(String name) {
        return number(name)
                .filter(number -> number == Math.rint(number) && Math.abs(number) < 1L << 53)
                .map(Double::longValue)
                .or(() -> any(name).filter(Long.class::isInstance).map(Long.class::cast));
    }

    public Optional<Double> number(String name) {
        return any(name).filter(Number.class::isInstance).map(value -> ((Number) value).doubleValue());
    }

    public Optional<Boolean> truth(String name) {
        return any(name).filter(Boolean.class::isInstance).map(Boolean.class::cast);
    }

    /// The members of a member; without it, none.
    public Members object(String name) {
        return any(name).flatMap(Members::of).orElse(NONE);
    }

    /// The items of a member; without it, none.
    public List<Object> list(String name) {
        return any(name).filter(List.class::isInstance)
                .map(value -> List.<Object>copyOf((List<?>) value))
                .orElse(List.of());
    }
}
