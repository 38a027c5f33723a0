package ai.openlegion.schedule;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// All jobs in memory: by id, by owner, and in the order in which they are due.
final class Jobs {

    private final NavigableMap<String, KeptJob> byId = new TreeMap<>();
    private final Map<String, NavigableSet<String>> byOwner = new HashMap<>();
    private final NavigableSet<Due> queue =
            new TreeSet<>(Comparator.comparingLong(Due::millis).thenComparing(Due::id));

    private record Due(long millis, String id) {}

    /// The job of this id, if there is one.
    @Nullable
    KeptJob get(String id) {
        return byId.get(id);
    }

    /// Takes in a job, in place of the one of its id.
    void put(KeptJob job) {
        remove(job.id());
        byId.put(job.id(), job);
        boolean _ = byOwner.computeIfAbsent(owner(job.owner(), job.fromFile()), _ -> new TreeSet<>())
                .add(job.id());
        if (job.standing().dueMillis() != 0) {
            boolean _ = queue.add(new Due(job.standing().dueMillis(), job.id()));
        }
    }

    /// Forgets a job.
    void remove(String id) {
        KeptJob job = byId.remove(id);
        if (job == null) {
            return;
        }
        boolean _ = queue.remove(new Due(job.standing().dueMillis(), id));
        String owner = owner(job.owner(), job.fromFile());
        NavigableSet<String> ids = byOwner.getOrDefault(owner, new TreeSet<>());
        boolean _ = ids.remove(id);
        if (ids.isEmpty()) {
            byOwner.remove(owner);
        }
    }

    /// How many jobs an owner made; null = the operator, whose file does not count.
    int count(@Nullable AgentId owner) {
        return byOwner.getOrDefault(owner(owner, false), Collections.emptyNavigableSet())
                .size();
    }

    /// An agent's own jobs, by id.
    List<KeptJob> of(AgentId owner) {
        List<KeptJob> jobs = new ArrayList<>();
        for (String id : byOwner.getOrDefault(owner(owner, false), Collections.emptyNavigableSet())) {
            KeptJob job = byId.get(id);
            if (job != null) {
                jobs.add(job);
            }
        }
        return jobs;
    }

    /// All jobs, by id.
    Collection<KeptJob> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    /// Those that are due now, the one that waits longest first.
    List<KeptJob> due(long now, int most) {
        List<KeptJob> jobs = new ArrayList<>();
        for (Due next : queue) {
            KeptJob job = byId.get(next.id());
            if (next.millis() > now || jobs.size() >= most) {
                break;
            }
            if (job != null) {
                jobs.add(job);
            }
        }
        return jobs;
    }

    /* No agent's id is empty or holds a blank. */
    private static String owner(@Nullable AgentId agent, boolean fromFile) {
        return agent != null ? agent.value() : fromFile ? "the file" : "the operator";
    }
}
