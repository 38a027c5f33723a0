package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What [LedgerTable] does, without a database.
final class MemoryStore implements BatchStore {

    private final Map<List<Object>, DayImage> rows = new HashMap<>();
    private final Map<Long, List<UsageEntry>> groups = new HashMap<>();
    private final Set<AgentId> frozen = new HashSet<>();
    private long lastSeq;
    private long spent;
    private long unreconciled;

    @Override
    public void store(FlushBatch batch) {
        batch.days().forEach(this::put);
        batch.frozen().forEach((agent, isFrozen) -> {
            boolean _ = isFrozen ? frozen.add(agent) : frozen.remove(agent);
        });
        boolean known = groups.containsKey(batch.seq());
        if (known && !batch.uncertain() && !batch.entries().isEmpty()) {
            throw new IllegalStateException("group " + batch.seq() + " is stored already");
        }
        if (!batch.entries().isEmpty() && !known) {
            groups.put(batch.seq(), batch.entries());
            lastSeq = batch.seq();
            for (UsageEntry entry : batch.entries()) {
                spent += entry.spentPico();
                unreconciled += entry.unreconciledPico();
            }
        }
    }

    @Override
    public StoredLedger recover(long today) {
        List<DayImage> stranded = new ArrayList<>();
        for (DayImage row : days()) {
            if (row.leased() > 0) {
                stranded.add(row);
                unreconciled += row.leased();
                put(new DayImage(row.agent(), row.day(), row.spent(), row.unreconciled() + row.leased(), 0, 0));
            }
        }
        long newest = rows.values().stream().mapToLong(DayImage::day).max().orElse(Long.MIN_VALUE);
        long first = Utc.firstOfMonth(Math.max(newest, today));
        List<DayImage> month = days().stream().filter(row -> row.day() >= first).toList();
        return new StoredLedger(lastSeq, newest, month, Map.of(), Set.copyOf(frozen), stranded);
    }

    @Override
    public List<DayImage> days() {
        return rows.values().stream()
                .sorted(Comparator.comparingLong(DayImage::day).thenComparing(DayImage::agent))
                .toList();
    }

    @Override
    public List<UsageEntry> entries() {
        return groups.keySet().stream()
                .sorted()
                .flatMap(seq -> groups.getOrDefault(seq, List.of()).stream())
                .toList();
    }

    @Override
    public UsageTotal usage() {
        return new UsageTotal(spent, unreconciled);
    }

    private void put(DayImage row) {
        rows.put(List.of(row.agent(), row.day()), row);
    }
}
