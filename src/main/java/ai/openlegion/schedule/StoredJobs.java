package ai.openlegion.schedule;

import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.JobTable.StoredJob;
import ai.openlegion.schedule.JobTable.StoredState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The taking up of what was stored: a row that makes no sense is left where it is and harms no other.
final class StoredJobs {

    private StoredJobs() {}

    /// The job of a row, going on where it stood.
    static Optional<KeptJob> revive(StoredJob row, @Nullable StoredState state, long now) {
        String name = row.owner();
        Optional<AgentId> owner = name == null ? Optional.empty() : AgentId.parse(name);
        if (name != null && owner.isEmpty()) {
            return Optional.empty();
        }
        return SpecText.parse(row.spec())
                .flatMap(spec -> KeptJob.rules(spec).map(rules -> {
                    long first = spec.enabled() ? rules.first(now) : 0;
                    Standing standing = state == null ? Standing.dueAt(first) : rules.settled(state.standing(), now);
                    return new KeptJob(row.id(), owner.orElse(null), false, spec, rules, row.createdMillis(), standing);
                }));
    }
}
