package ai.openlegion.fabric;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// How often an agent may do what; `rate_limits:` in `mesh.yaml`.
///
/// @param perMinute of every operation that is not named; at least 1
/// @param operations by their names in lower case, such as `publish`; each at least 1
public record RateLimits(int perMinute, Map<String, Integer> operations) {

    /// The operations that can have a limit of their own.
    public static final List<String> OPERATIONS =
            Arrays.stream(Crossing.values()).map(Crossing::settingName).toList();

    /// What the shipped `conf/mesh.yaml` says.
    public static final RateLimits DEFAULTS = new RateLimits(10_000, Map.of());

    /// @throws IllegalArgumentException when an operation is unknown or a limit is below 1
    public RateLimits {
        operations = Map.copyOf(operations);
        if (perMinute < 1 || operations.values().stream().anyMatch(limit -> limit < 1)) {
            throw new IllegalArgumentException("a rate limit below 1");
        }
        if (!OPERATIONS.containsAll(operations.keySet())) {
            throw new IllegalArgumentException("an unknown operation among " + operations.keySet());
        }
    }

    /// How often a minute.
    int of(Crossing crossing) {
        return operations.getOrDefault(crossing.settingName(), perMinute);
    }
}
