package ai.openlegion.vault;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// The searches for the operator's values and some of the agents', kept as made for as long as the operator's stay the
/// same: what one agent stores leaves the searches of all that may not use it.
final class AgentScans {

    /// So many are kept, and with so many bytes of forms; with more of either all are made anew.
    private static final int KEPT_SCANS = 256;

    private static final long KEPT_BYTES = 4L * 1024 * 1024;

    private final List<Secret> operators;
    private final LeakScan alone;
    private final Map<Map<String, Stored>, LeakScan> kept = new ConcurrentHashMap<>();
    private final AtomicLong keptBytes = new AtomicLong();

    AgentScans(List<Secret> operators) {
        this.operators = List.copyOf(operators);
        alone = new LeakScan(operators, List.of());
    }

    /// Whether this looks for these values of the operator.
    boolean isFor(List<Secret> values) {
        return operators.equals(values);
    }

    /// The search for the operator's values only.
    LeakScan alone() {
        return alone;
    }

    /// The search that also looks for these; empty where it is not made yet.
    ///
    /// @param covered of agents, by name; not changed any more
    Optional<LeakScan> made(Map<String, Stored> covered) {
        return Optional.ofNullable(covered.isEmpty() ? alone : kept.get(covered));
    }

    /// The same, made where it is not yet; two that ask at once may both make it, so that none waits for another.
    LeakScan make(Map<String, Stored> covered) {
        Optional<LeakScan> before = made(covered);
        if (before.isPresent()) {
            return before.get();
        }
        LeakScan scan = new LeakScan(
                operators, covered.values().stream().map(Stored::value).toList());
        if (kept.size() >= KEPT_SCANS || keptBytes.addAndGet(scan.formBytes()) > KEPT_BYTES) {
            kept.clear();
            keptBytes.set(scan.formBytes());
        }
        LeakScan first = kept.putIfAbsent(covered, scan);
        return first == null ? scan : first;
    }
}
