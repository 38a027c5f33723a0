package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/// P6, first half: a hold and its settlement in a ledger of 16 agents, by one thread and by two.
///
/// It stands in the ledger's package because filling a ledger is the verticle's affair. One thread also does the
/// store's
/// part every 256 calls, drawing the batch and confirming it, so that leases are renewed and the journal stays as short
/// as it does in a mesh; what the store itself costs is not in it.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LedgerBenchmark {
    private static final int AGENTS = 16;
    private static final int CALLS_A_COMMIT = 256;
    private static final Quote QUOTE = new Quote(170_000_000, 600_000, 256, 16);
    private static final Outcome OUTCOME =
            new Outcome("req-0123456789abcdef", 1, "canned/small", 212, 64, 0, 70_200_000, 0, Basis.USAGE);

    private final Ledger ledger = new Ledger(InstantSource.system());
    private final ReentrantLock store = new ReentrantLock();
    private final AgentId[] agents = new AgentId[AGENTS];

    /// What each call is charged to besides its agent and the fleet: `none`, its agent's `task`, or `run`: the task and
    /// one of four runs.
    @Param({"none", "task", "run"})
    public String charged = "none";

    /// Opens the accounts.
    @Setup
    public void open() {
        ledger.restore(
                new StoredLedger(0, Long.MIN_VALUE, List.of(), Map.of(), Set.of(), List.of(), List.of(), List.of()));
        var limits = new HashMap<AgentId, Limits>();
        for (int i = 0; i < AGENTS; i++) {
            agents[i] = AgentId.parse("agent-" + i).orElseThrow();
            limits.put(agents[i], new Limits(Limits.MAX_PICO, Limits.MAX_PICO));
        }
        Cuts _ = ledger.configure(limits, Limits.NONE);
        ledger.storeAvailable(true);
        for (int i = 0; i < AGENTS && !charged.equals("none"); i++) {
            openTask(agents[i], charged.equals("run") ? "run" + i % 4 : "");
        }
    }

    private void openTask(AgentId agent, String run) {
        var ask = new Budget.OpenTask(agent, "task-" + agent, null, Limits.MAX_PICO, run, Limits.MAX_PICO);
        var ofRun = run.isEmpty() ? null : new StoredRun(run, Limits.MAX_PICO, 0, 0);
        if (ledger.tasks().open(StoredTask.opened(ask), ofRun) == null) {
            throw new IllegalStateException("not opened");
        }
    }

    /// One thread.
    @Benchmark
    @Threads(1)
    public Settled holdAndSettle(Caller caller) {
        return call(caller);
    }

    /// Two threads on the one lock.
    @Benchmark
    @Threads(2)
    public Settled holdAndSettleTwoThreads(Caller caller) {
        return call(caller);
    }

    private Settled call(Caller caller) {
        int turn = caller.turn++;
        if (turn % CALLS_A_COMMIT == 0) {
            commit();
        }
        while (true) {
            switch (ledger.admit(agents[turn & AGENTS - 1], QUOTE)) {
                case Admission.Granted granted -> {
                    return ledger.settle(granted.hold(), OUTCOME);
                }
                case Admission.Refused backlog -> commit();
            }
        }
    }

    /// What the store's thread does; while one thread is at it, the other goes on.
    private void commit() {
        if (store.tryLock()) {
            try {
                if (ledger.drain() != null) {
                    ledger.committed();
                }
            } finally {
                store.unlock();
            }
        }
    }

    /// A calling thread's place in the row of agents.
    @State(Scope.Thread)
    public static class Caller {
        private int turn;
    }
}
