package ai.openlegion.identity;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The name of an agent: letters, digits, `_` and `-`, at most 64 characters, none of the reserved names.
///
/// @param value the name as it stands in `agents.yaml`
public record AgentId(String value) implements Comparable<AgentId> {

    private static final Pattern SHAPE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}");
    private static final Set<String> RESERVED = Set.of("mesh", "orchestrator", "operator", "default");

    /// @throws IllegalArgumentException when the value has not the shape of an id or is reserved
    public AgentId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("not an agent id");
        }
    }

    /// The id this text names, or nothing when it has not the shape of one or is reserved.
    public static Optional<AgentId> parse(String text) {
        return isValid(text) ? Optional.of(new AgentId(text)) : Optional.empty();
    }

    /// Whether this text is one of the names that no agent may carry.
    public static boolean isReserved(String text) {
        return RESERVED.contains(text);
    }

    @Override
    public int compareTo(AgentId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }

    private static boolean isValid(String text) {
        return text.length() <= 64 && SHAPE.matcher(text).matches() && !isReserved(text);
    }
}
