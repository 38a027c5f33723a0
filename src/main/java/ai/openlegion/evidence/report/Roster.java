package ai.openlegion.evidence.report;

import ai.openlegion.evidence.report.LedgerReader.Ledger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Who has a part of the report to itself, and on whose account each one's calls are.
///
/// @param agents those of the files in their order, then others by name
/// @param others who acted and is no agent, or one of too many
record Roster(List<Report.Part> agents, List<Activity> others) {

    Roster {
        agents = List.copyOf(agents);
        others = List.copyOf(others);
    }

    /// @param accesses of the agents that are configured, in the order of the files
    /// @param frozen the accounts that may not spend
    /// @param from the first whole UTC day of the period, counted from 1970-01-01; only these are compared
    /// @param to the last such day
    static Roster of(Tally tally, Map<String, Access> accesses, Ledger ledger, Set<String> frozen, long from, long to) {
        Map<String, Activity> activities = new LinkedHashMap<>();
        accesses.keySet().forEach(id -> activities.put(id, new Activity(id, "")));
        Map<String, Activity> gone = new TreeMap<>();
        ledger.byAgent().keySet().forEach(id -> gone.put(id, new Activity(id, "")));
        List<Activity> others = new ArrayList<>();
        for (Activity actor : tally.actors()) {
            if (accesses.containsKey(actor.name())) {
                activities.put(actor.name(), actor);
            } else if (Tally.isAgent(actor)) {
                gone.put(actor.name(), actor);
            } else {
                others.add(actor);
            }
        }
        gone.forEach(activities::putIfAbsent);
        Map<String, Map<Long, Long>> audited = audited(tally.actors(), from, to);
        List<Report.Part> parts = new ArrayList<>();
        activities.forEach((id, activity) -> {
            Account account = Account.of(
                    ledger.byAgent().getOrDefault(id, List.of()),
                    ledger.byDay().getOrDefault(id, new TreeMap<>()),
                    audited.getOrDefault(id, Map.of()));
            parts.add(new Report.Part(id, accesses.get(id), activity, account, frozen.contains(id)));
        });
        return new Roster(parts, others);
    }

    /* By account: a spawned agent spends its parent's money. */
    private static Map<String, Map<Long, Long>> audited(List<Activity> actors, long from, long to) {
        Map<String, Map<Long, Long>> audited = new HashMap<>();
        for (Activity actor : actors) {
            String payer = actor.parent().isEmpty() ? actor.name() : actor.parent();
            Map<Long, Long> days = audited.computeIfAbsent(payer, _ -> new HashMap<>());
            actor.costs().forEach((day, pico) -> {
                if (day >= from && day <= to) {
                    var _ = days.merge(day, pico, Long::sum);
                }
            });
        }
        return audited;
    }
}
