package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Recorded;
import ai.openlegion.identity.AgentId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A period's entries, summed: by actor, and one by one where they are the operator's or the host's. Its memory is
/// bounded however many entries it takes.
final class Tally {

    /// Spawned agents have a name each, and there is no end of them.
    static final int ACTORS = 5_000;

    /// The children whose parents are remembered, the newest: who acts now was spawned lately, since none lives long.
    private static final int PARENTS = 100_000;

    /// The newest acts of the operator that are listed one by one; all are counted.
    static final int LISTED = 1_000;

    private static final String CHILD_OF = "child of ";

    /// No agent's id has a space, so nobody can be taken for these.
    static final String WEBHOOKS = "calls of webhooks";

    static final String STRANGERS = "nobody: without a valid token";
    static final String OTHERS = "further actors together";
    private static final String CHILDREN = "further children of ";

    /// What `authenticate` says of an agent; of everybody else it says that a valid token was missing.
    private static final String CROWDED = "connections too many";

    private static final String UNKNOWN = "unknown";
    private static final String OPERATOR = "operator";
    private static final String MESH = "mesh";

    private final Period period;
    private final Set<String> named;
    private final Map<String, Activity> actors = new LinkedHashMap<>();
    private final Activity operator = new Activity(OPERATOR, "");
    private final Activity mesh = new Activity(MESH, "");
    private final LinkedHashMap<String, String> parents = new LinkedHashMap<>();
    private final Deque<Recorded> orders = new ArrayDeque<>();
    private final Deque<Recorded> revisions = new ArrayDeque<>();
    private int unnamed;
    private long unlistedOrders;
    private long unlistedRevisions;
    private long entries;
    private long firstSeq;
    private long lastSeq;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = Long.MIN_VALUE;
    private long lastRead;

    /// @param named the agents that are told apart whoever came before them: those who are configured or have an
    /// account
    Tally(Period period, Set<String> named) {
        this.period = period;
        this.named = Set.copyOf(named);
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
                && entry.rule().startsWith(CHILD_OF)) {
            String parent = entry.rule().substring(CHILD_OF.length());
            Activity child = actors.get(entry.resource());
            if (child != null) {
                child.isChildOf(parent);
            }
            var _ = parents.putLast(entry.resource(), parent);
            if (parents.size() > PARENTS) {
                var _ = parents.pollFirstEntry();
            }
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
        boolean isStranger = entry.action().equals("authenticate")
                && entry.actor().equals(UNKNOWN)
                && !entry.decision().endsWith(CROWDED);
        return isStranger ? STRANGERS : entry.actor();
    }

    private Activity actor(String name) {
        Activity known = actors.get(name);
        if (known != null) {
            return known;
        }
        String parent = parents.getOrDefault(name, "");
        if (named.contains(name) || name.equals(STRANGERS) || name.equals(WEBHOOKS)) {
            return begun(name, parent);
        }
        if (unnamed < ACTORS) {
            unnamed++;
            return begun(name, parent);
        }
        // its parent pays, so what it cost must not be lost among those of others
        boolean isOfOneOfThem = named.contains(parent) || actors.containsKey(parent);
        return isOfOneOfThem ? begun(CHILDREN + parent, parent) : begun(OTHERS, "");
    }

    private Activity begun(String name, String parent) {
        return actors.computeIfAbsent(name, _ -> new Activity(name, parent));
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
