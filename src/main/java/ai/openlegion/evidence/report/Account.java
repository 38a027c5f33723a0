package ai.openlegion.evidence.report;

import ai.openlegion.evidence.report.LedgerReader.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What was booked on one account in the whole days of a period, held against what the audit says that calls cost.
///
/// @param usage by model and service, the dearest first
/// @param auditPico the costs of its calls, and of those of agents that it spawned, by the audit
/// @param differing the days on which the two do not agree, with the ledger's figure and the audit's
public record Account(List<Usage> usage, long auditPico, List<Day> differing) {

    static final Account NONE = new Account(List.of(), 0, List.of());

    public Account {
        usage = List.copyOf(usage);
        differing = List.copyOf(differing);
    }

    /// @param day counted from 1970-01-01, UTC
    public record Day(long day, long ledgerPico, long auditPico) {}

    static Account of(List<Usage> usage, Map<Long, Long> ledger, Map<Long, Long> audit) {
        TreeMap<Long, Long> days = new TreeMap<>(ledger);
        audit.keySet().forEach(day -> days.putIfAbsent(day, 0L));
        List<Day> differing = new ArrayList<>();
        long audited = 0;
        for (Map.Entry<Long, Long> day : days.entrySet()) {
            long told = audit.getOrDefault(day.getKey(), 0L);
            audited += told;
            if (told != day.getValue()) {
                differing.add(new Day(day.getKey(), day.getValue(), told));
            }
        }
        return new Account(usage, audited, differing);
    }

    public long spentPico() {
        return usage.stream().mapToLong(Usage::spentPico).sum();
    }

    /// What may have been spent besides, as a call broke off or the mesh crashed.
    public long unreconciledPico() {
        return usage.stream().mapToLong(Usage::unreconciledPico).sum();
    }

    /// Whether ledger and audit have the same sum; a call over midnight may stand under one day here and another there.
    public boolean agrees() {
        return spentPico() == auditPico;
    }
}
