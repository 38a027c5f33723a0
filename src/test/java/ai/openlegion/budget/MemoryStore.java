package ai.openlegion.budget;

import static java.util.Objects.requireNonNull;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// What [LedgerTable] does, without a database.
final class MemoryStore implements BatchStore {

    private static final class Task {
        private final StoredTask limits;
        private boolean open = true;
        private boolean settled;
        private long mark;
        private long tokens;
        private long doubtTokens;
        private long spent;
        private long unreconciled;

        private Task(StoredTask limits) {
            this.limits = limits;
        }

        private StoredTask stored() {
            return limits.with(new StoredTask.Used(tokens, doubtTokens, spent, unreconciled));
        }
    }

    private final Map<List<Object>, DayImage> rows = new HashMap<>();
    private final Map<Long, List<UsageEntry>> groups = new HashMap<>();
    private final Set<AgentId> frozen = new HashSet<>();
    private final Map<String, Task> tasks = new TreeMap<>();
    private long lastSeq;
    private long spent;
    private long unreconciled;

    @Override
    public void store(FlushBatch batch) {
        batch.days().forEach(this::put);
        batch.frozen().forEach((agent, isFrozen) -> {
            boolean _ = isFrozen ? frozen.add(agent) : frozen.remove(agent);
        });
        batch.tasks()
                .forEach(image -> task(image.taskId(), known -> {
                    known.mark = image.mark();
                    known.settled = image.settled();
                }));
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
                task(entry.task(), task -> charge(task, entry));
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
        List<StoredTask> open = recoverTasks(stranded);
        List<StoredRun> runs = open.stream()
                .filter(task -> task.runMaxPico() != Limits.UNLIMITED)
                .map(StoredTask::runId)
                .distinct()
                .map(this::run)
                .toList();
        return new StoredLedger(lastSeq, newest, month, Map.of(), Set.copyOf(frozen), open, runs, stranded);
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

    private void task(String taskId, Consumer<Task> change) {
        Task task = tasks.get(taskId);
        if (task != null) {
            change.accept(task);
        }
    }

    private static void charge(Task task, UsageEntry entry) {
        task.tokens += entry.tokens();
        task.doubtTokens += entry.doubtTokens();
        task.spent += entry.spentPico();
        task.unreconciled += entry.unreconciledPico();
    }

    private List<StoredTask> recoverTasks(List<DayImage> stranded) {
        List<StoredTask> open = new ArrayList<>();
        for (Task task : tasks.values()) {
            if (!task.settled) {
                for (DayImage row : stranded) {
                    task.unreconciled += row.agent().equals(task.limits.agent()) ? row.leased() : 0;
                }
            }
            task.settled = !task.open;
            if (task.open) {
                if (task.limits.maxTokens() != Limits.UNLIMITED) {
                    task.doubtTokens = Math.max(task.doubtTokens, task.mark - task.tokens);
                    task.mark = task.tokens + task.doubtTokens;
                }
                open.add(task.stored());
            }
        }
        return open;
    }

    @Override
    public void openTask(Budget.OpenTask ask) {
        for (Task task : tasks.values()) {
            task.open = task.open && !task.limits.agent().equals(ask.agent());
        }
        tasks.put(ask.taskId(), new Task(StoredTask.opened(ask)));
    }

    @Override
    public void closeTask(String taskId) {
        task(taskId, task -> task.open = false);
    }

    @Override
    public Budget.TaskAccount task(String taskId) {
        Task task = requireNonNull(tasks.get(taskId));
        return new Budget.TaskAccount(
                taskId,
                true,
                task.open,
                task.tokens,
                task.doubtTokens,
                task.spent,
                task.unreconciled,
                0,
                Budget.Ceiling.NONE);
    }

    @Override
    public StoredRun run(String runId) {
        StoredRun sum = new StoredRun(runId, Limits.UNLIMITED, 0, 0);
        for (Task task : tasks.values()) {
            if (task.limits.runId().equals(runId)) {
                sum = new StoredRun(
                        runId,
                        Math.min(sum.maxPico(), task.limits.runMaxPico()),
                        sum.spentPico() + task.spent,
                        sum.unreconciledPico() + task.unreconciled);
            }
        }
        return sum;
    }

    private void put(DayImage row) {
        rows.put(List.of(row.agent(), row.day()), row);
    }
}
