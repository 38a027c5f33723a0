package ai.openlegion.fabric;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// How often an agent may do what; `rate_limits:` in `mesh.yaml`.
///
/// @param perMinute of every operation that is not named; at least 1
/// @param operations by their names in lower case, such as `publish`; each at least 1
public record RateLimits(int perMinute, Map<String, Integer> operations) {

    /// What is stored is sealed, written and searched for from then on, which costs more than other requests.
    private static final int VAULT_PER_MINUTE = 60;

    /// The operations that can have a limit of their own.
    public static final List<String> OPERATIONS =
            Arrays.stream(Crossing.values()).map(Crossing::settingName).toList();

    /// What the shipped `conf/mesh.yaml` says.
    public static final RateLimits DEFAULTS =
            new RateLimits(10_000, Map.of(Crossing.VAULT.settingName(), RateLimits.VAULT_PER_MINUTE));

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

    /// How often a minute an operation may be done that is not named; never more often than this of all.
    public static int unnamed(String operation, int perMinute) {
        return Math.min(perMinute, DEFAULTS.operations.getOrDefault(operation, perMinute));
    }

    /// How often a minute.
    int of(Crossing crossing) {
        return operations.getOrDefault(crossing.settingName(), perMinute);
    }
}
