package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Recorded;
import ai.openlegion.identity.AgentId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A period's entries, summed: by actor, and one by one where they are the operator's or the host's. Its memory is
/// bounded however many entries it takes.
final class Tally {

    /// Spawned agents have a name each, and there is no end of them.
    private static final int ACTORS = 5_000;

    private static final int PARENTS = 100_000;

    /// The newest acts of the operator that are listed one by one; all are counted.
    static final int LISTED = 1_000;

    private static final String CHILD_OF = "child of ";

    /// No agent's id has a space, so nobody can be taken for these.
    static final String WEBHOOKS = "calls of webhooks";

    static final String STRANGERS = "nobody: without a valid token";
    static final String OTHERS = "further actors together";

    private static final String OPERATOR = "operator";
    private static final String MESH = "mesh";

    private final Period period;
    private final Map<String, Activity> actors = new LinkedHashMap<>();
    private final Activity operator = new Activity(OPERATOR);
    private final Activity mesh = new Activity(MESH);
    private final Map<String, String> parents = new HashMap<>();
    private final Deque<Recorded> orders = new ArrayDeque<>();
    private final Deque<Recorded> revisions = new ArrayDeque<>();
    private long unlistedOrders;
    private long unlistedRevisions;
    private long entries;
    private long firstSeq;
    private long lastSeq;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = Long.MIN_VALUE;
    private long lastRead;

    Tally(Period period) {
        this.period = period;
    }

    /// Takes the next entry, whether it is in the period or not.
    void add(Recorded recorded) {
        lastRead = recorded.seq();
        noteParent(recorded.entry());
        if (!period.contains(recorded)) {
            return;
        }
        AuditEntry entry = recorded.entry();
        entries++;
        firstSeq = firstSeq == 0 ? recorded.seq() : firstSeq;
        lastSeq = recorded.seq();
        firstMillis = Math.min(firstMillis, entry.timeMillis());
        lastMillis = Math.max(lastMillis, entry.timeMillis());
        switch (entry.actor()) {
            case OPERATOR -> {
                operator.did(recorded);
                unlistedOrders += listed(orders, recorded);
            }
            case MESH -> meshActs(recorded);
            default -> actor(name(entry)).did(recorded); // open: agents and who calls from outside
        }
    }

    private void meshActs(Recorded recorded) {
        AuditEntry entry = recorded.entry();
        mesh.did(recorded);
        if (entry.action().startsWith("agent.") || entry.action().startsWith("budget.")) {
            actor(entry.resource()).suffered(recorded);
        } else if (entry.action().equals("start") || entry.action().equals("reload")) {
            unlistedRevisions += listed(revisions, recorded);
        }
    }

    /* A child may act, and be paid for, in another period than the one in which it was spawned. */
    private void noteParent(AuditEntry entry) {
        if (entry.action().equals("agent.spawn")
                && entry.actor().equals(MESH)
                && entry.rule().startsWith(CHILD_OF)
                && parents.size() < PARENTS) {
            parents.put(entry.resource(), entry.rule().substring(CHILD_OF.length()));
        }
    }

    private static int listed(Deque<Recorded> list, Recorded recorded) {
        list.addLast(recorded);
        if (list.size() <= LISTED) {
            return 0;
        }
        list.removeFirst();
        return 1;
    }

    private static String name(AuditEntry entry) {
        if (entry.action().startsWith("webhook.")) {
            return WEBHOOKS;
        }
        return entry.action().equals("authenticate") ? STRANGERS : entry.actor();
    }

    private Activity actor(String name) {
        Activity known = actors.get(name);
        if (known != null) {
            return known;
        }
        String kept = actors.size() < ACTORS ? name : OTHERS;
        return actors.computeIfAbsent(kept, Activity::new);
    }

    /// Those who acted, or to whom the mesh did something, but the operator and the mesh.
    List<Activity> actors() {
        return new ArrayList<>(actors.values());
    }

    /// Whether it can have been an agent, as far as its entries tell.
    static boolean isAgent(Activity actor) {
        return AgentId.parse(actor.name()).isPresent()
                && (actor.actsAsAgent() || !actor.sufferings().isEmpty());
    }

    /// Who spawned whom, by the child.
    Map<String, String> parents() {
        return Collections.unmodifiableMap(parents);
    }

    Activity operator() {
        return operator;
    }

    Activity mesh() {
        return mesh;
    }

    /// What the operator did, the newest [#LISTED].
    List<Recorded> orders() {
        return List.copyOf(orders);
    }

    /// How many acts of the operator are not among [#orders].
    long unlistedOrders() {
        return unlistedOrders;
    }

    /// The starts and reloads, the newest [#LISTED].
    List<Recorded> revisions() {
        return List.copyOf(revisions);
    }

    long unlistedRevisions() {
        return unlistedRevisions;
    }

    long entries() {
        return entries;
    }

    /// The number of the first entry in the period; 0 = there is none.
    long firstSeq() {
        return firstSeq;
    }

    long lastSeq() {
        return lastSeq;
    }

    long firstMillis() {
        return firstMillis;
    }

    long lastMillis() {
        return lastMillis;
    }

    /// The number of the last entry there is, also behind the period.
    long lastRead() {
        return lastRead;
    }
}
