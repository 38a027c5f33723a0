package ai.openlegion.fabric;

import java.util.Map;

/// How often an agent may do what; `rate_limits:` in `mesh.yaml`.
///
/// @param perMinute of every operation that is not named
/// @param operations by their names in lower case, such as `publish`
public record RateLimits(int perMinute, Map<String, Integer> operations) {

    /// What the shipped `conf/mesh.yaml` says.
    public static final RateLimits DEFAULTS = new RateLimits(10_000, Map.of());

    public RateLimits {
        operations = Map.copyOf(operations);
    }
}
