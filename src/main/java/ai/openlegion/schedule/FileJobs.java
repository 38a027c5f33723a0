package ai.openlegion.schedule;

import ai.openlegion.schedule.JobTable.StoredState;
import ai.openlegion.schedule.Schedule.Spec;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The jobs of `schedules.yaml`: how they go on where they stood, over restarts and reloads.
final class FileJobs {

    private static final Logger LOG = System.getLogger("openlegion.schedule");

    private final Jobs jobs;
    private final Map<String, StoredState> stored = new HashMap<>();

    FileJobs(Jobs jobs) {
        this.jobs = jobs;
    }

    /// How jobs stood when the mesh ended; what the file no longer names is forgotten with [#read].
    void remember(Map<String, StoredState> states) {
        stored.putAll(states);
    }

    /// The ids that are gone, and the jobs as they stand from now on.
    record Change(Set<String> gone, List<KeptJob> standing) {}

    /// What a file that was read anew makes of the jobs.
    Change read(Map<String, Spec> file, long now) {
        Set<String> gone = new HashSet<>(stored.keySet());
        jobs.all().stream().filter(KeptJob::fromFile).map(KeptJob::id).forEach(gone::add);
        gone.removeAll(file.keySet());
        List<KeptJob> standing = new ArrayList<>();
        file.forEach((name, spec) -> {
            Optional<Clockwork> rules = KeptJob.rules(spec);
            if (rules.isEmpty()) {
                gone.add(name);
                LOG.log(Level.ERROR, "schedule job cannot be read and does not run job={0}", name);
                return;
            }
            standing.add(job(name, SpecCheck.complete(spec), rules.get(), now));
        });
        stored.clear();
        return new Change(gone, standing);
    }

    private KeptJob job(String name, Spec spec, Clockwork rules, long now) {
        KeptJob running = jobs.get(name);
        if (running != null) {
            return running.with(spec, rules, now);
        }
        StoredState state = stored.get(name);
        long first = spec.enabled() ? rules.first(now) : 0;
        if (state == null) {
            return new KeptJob(name, null, true, spec, rules, now, Standing.dueAt(first));
        }
        return new KeptJob(name, null, true, spec, rules, now, continued(state, spec, rules, first, now));
    }

    private static Standing continued(StoredState state, Spec spec, Clockwork rules, long first, long now) {
        Standing standing = state.standing();
        boolean same = state.fingerprint().equals(KeptJob.fingerprint(spec));
        return same && spec.enabled() && standing.dueMillis() != 0
                ? rules.settled(standing, now)
                : standing.restarted(first);
    }
}
