package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/// Random histories against books that know the truth; a failure names the seed that repeats it.
final class LedgerPropertyTest {

    private static final int RUNS = 2_000;
    private static final int STEPS = 160;

    @Test
    void no_history_of_calls_crashes_and_failed_commits_breaks_an_invariant() throws SQLException {
        int admitted = 0;
        int crashes = 0;
        int charged = 0;
        int shared = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            LedgerWorld world = run(seed, new MemoryStore(), STEPS);
            admitted += world.admitted();
            crashes += world.crashes();
            charged += world.charged();
            shared += world.shared();
        }
        // the histories must not be empty ones
        assertThat(admitted).isGreaterThan(RUNS * 10);
        assertThat(crashes).isGreaterThan(RUNS);
        assertThat(charged).as("calls charged to a task").isGreaterThan(RUNS * 5);
        assertThat(shared).as("calls of runs of several tasks").isGreaterThan(RUNS);
    }

    private static LedgerWorld run(long seed, BatchStore store, int steps) throws SQLException {
        LedgerWorld world = new LedgerWorld(seed, store, seed % 4 == 3);
        try {
            world.run(steps);
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
        }
        return world;
    }
}
