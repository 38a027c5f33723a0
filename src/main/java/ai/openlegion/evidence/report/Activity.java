package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Recorded;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// What one actor did, and what happened to it, summed.
final class Activity {

    /// Of actions and decisions there are few; of names of models and services an agent may think some up.
    private static final int KINDS = 300;

    private static final int PAID = 100;

    private static final String OTHERS = "(others)";
    private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

    private final String name;
    private final Map<Act, Count> acts = new LinkedHashMap<>();
    private final Map<Act, Count> suffered = new LinkedHashMap<>();
    private final Map<String, Count> paid = new LinkedHashMap<>();
    private final TreeMap<Long, Long> costs = new TreeMap<>();
    private final Refusals refusals = new Refusals();
    private long entries;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = Long.MIN_VALUE;
    private String parent;

    /// @param parent who spawned it, and pays; empty where that is nobody
    Activity(String name, String parent) {
        this.name = name;
        this.parent = parent;
    }

    /// An action and how it was decided.
    record Act(String action, String word) {}

    /// How many entries, and what they cost together, in pico-USD.
    static final class Count {
        private long times;
        private long costPico;

        long times() {
            return times;
        }

        long costPico() {
            return costPico;
        }
    }

    /// An act of this actor.
    void did(Recorded recorded) {
        AuditEntry entry = recorded.entry();
        String word = word(entry.decision());
        seen(entry);
        count(acts, entry, word);
        if (Refusals.WORDS.contains(word)) {
            refusals.add(recorded, word);
        }
        if (isPaid(entry.action())) {
            String resource = paid.containsKey(entry.resource()) || paid.size() < PAID ? entry.resource() : OTHERS;
            boolean happened = entry.costPico() != 0 || word.equals("allowed");
            if (happened) {
                Count count = paid.computeIfAbsent(resource, _ -> new Count());
                count.times++;
                count.costPico += entry.costPico();
            }
            if (entry.costPico() != 0) {
                var _ = costs.merge(Math.floorDiv(entry.timeMillis(), DAY_MILLIS), entry.costPico(), Long::sum);
            }
        }
    }

    /// Something that the mesh did to this agent.
    void suffered(Recorded recorded) {
        seen(recorded.entry());
        count(suffered, recorded.entry(), word(recorded.entry().decision()));
    }

    /// It turned out who spawned it.
    void isChildOf(String spawner) {
        parent = spawner;
    }

    private void seen(AuditEntry entry) {
        entries++;
        firstMillis = Math.min(firstMillis, entry.timeMillis());
        lastMillis = Math.max(lastMillis, entry.timeMillis());
    }

    private static void count(Map<Act, Count> counts, AuditEntry entry, String word) {
        Act act = new Act(entry.action(), word);
        Act kept = counts.containsKey(act) || counts.size() < KINDS ? act : new Act(OTHERS, OTHERS);
        Count count = counts.computeIfAbsent(kept, _ -> new Count());
        count.times++;
        count.costPico += entry.costPico();
    }

    /// The word with which a decision begins; what follows a colon is the reason.
    static String word(String decision) {
        int colon = decision.indexOf(':');
        return colon < 0 ? decision : decision.substring(0, colon);
    }

    /// Whether its cost is what a provider or service was paid; other entries carry sums of such costs.
    static boolean isPaid(String action) {
        return action.startsWith("llm.") || action.equals("service.call");
    }

    String name() {
        return name;
    }

    /// Who spawned it, and pays; empty where that is nobody.
    String parent() {
        return parent;
    }

    long entries() {
        return entries;
    }

    long firstMillis() {
        return firstMillis;
    }

    long lastMillis() {
        return lastMillis;
    }

    Refusals refusals() {
        return refusals;
    }

    /// Whether anything of it is what only agents do.
    boolean actsAsAgent() {
        return acts.keySet().stream().anyMatch(act -> isPaid(act.action()) || AGENTS_OWN.contains(act.action()));
    }

    private static final List<String> AGENTS_OWN = List.of(
            "register",
            "publish",
            "subscribe",
            "unsubscribe",
            "message",
            "spawn",
            "identity",
            "rate_limit",
            "task.result",
            "vault.store",
            "blackboard.read",
            "blackboard.write",
            "blackboard.claim",
            "blackboard.delete",
            "blackboard.watch");

    Map<Act, Count> acts() {
        return acts;
    }

    Map<Act, Count> sufferings() {
        return suffered;
    }

    /// Models and services that were paid, the dearest first.
    List<Map.Entry<String, Count>> paid() {
        Comparator<Map.Entry<String, Count>> dearest = Comparator.comparingLong(each -> -each.getValue().costPico);
        return paid.entrySet().stream().sorted(dearest).toList();
    }

    /// The calls that were answered or paid.
    long calls() {
        return paid.values().stream().mapToLong(Count::times).sum();
    }

    /// What its calls cost, by UTC day, as the audit has it.
    Map<Long, Long> costs() {
        return costs;
    }

    long costPico() {
        return costs.values().stream().mapToLong(Long::longValue).sum();
    }
}
