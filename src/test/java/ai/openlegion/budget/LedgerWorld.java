package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.budget.TrueBooks.Call;
import ai.openlegion.identity.AgentId;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A ledger, a store and a few agents, driven at random and compared with [TrueBooks] after every step.
final class LedgerWorld {

    private static final List<AgentId> AGENTS = List.of(new AgentId("a"), new AgentId("b"), new AgentId("c"));
    private static final long DAY_MILLIS = 86_400_000L;

    private final Random random;
    private final RandomMoney money;
    private final BatchStore store;
    private final MovableClock clock = new MovableClock();
    private final TrueBooks books;
    private final boolean cheating;

    private final TaskBooks tasks;

    private Ledger ledger = new Ledger(clock);
    private final Map<AgentId, Limits> limits = new LinkedHashMap<>();
    private Limits fleetLimits = Limits.NONE;
    private @Nullable FlushBatch flight;
    private List<Call> drawn = List.of();
    private long lastDrainMillis;
    private int admitted;
    private int crashes;

    /// @param cheating whether providers sometimes bill more than was held
    LedgerWorld(long seed, BatchStore store, boolean cheating) throws SQLException {
        this.random = new Random(seed);
        this.money = new RandomMoney(random, cheating);
        this.store = store;
        this.cheating = cheating;
        this.books = new TrueBooks(Utc.dayOf(clock.millis()));
        this.tasks = new TaskBooks(random, store, cheating);
        AGENTS.forEach(agent -> limits.put(agent, money.limits()));
        ledger.restore(store.recover(books.today()));
        ready();
    }

    int admitted() {
        return admitted;
    }

    int charged() {
        return tasks.charged();
    }

    int shared() {
        return tasks.shared();
    }

    int crashes() {
        return crashes;
    }

    void run(int steps) throws SQLException {
        for (int i = 0; i < steps; i++) {
            if (random.nextInt(10) == 0) {
                tasks.step(ledger, anyAgent());
            }
            step();
            books.roll(clock.millis());
            checkTallies();
            tasks.check(ledger);
            checkStranding();
            checkNobodyIsForgotten();
        }
        end();
    }

    private void step() throws SQLException {
        int dice = random.nextInt(100);
        if (dice < 40) {
            admit();
        } else if (dice < 62) {
            settleOne();
        } else if (dice < 80) {
            flush();
        } else if (dice < 91) {
            moveClock();
        } else if (dice < 93) {
            changeLimits();
        } else if (dice < 94) {
            configure();
        } else if (dice < 96) {
            release();
        } else if (dice < 97) {
            settleTwice();
        } else {
            crash();
        }
    }

    private void admit() {
        AgentId agent = anyAgent();
        Quote quote = money.quote();
        if (ledger.admit(agent, quote) instanceof Admission.Granted(Hold hold)) {
            admitted++;
            assertThat(hold.pico()).isEqualTo(quote.inputPico() + hold.outputTokens() * quote.picoPerOutputToken());
            assertThat(hold.outputTokens())
                    .isBetween(
                            Math.min(quote.wantedOutputTokens(), quote.floorOutputTokens()),
                            quote.wantedOutputTokens());
            Call call = books.admitted(hold, clock.millis());
            tasks.admitted(call, quote);
            checkLimits(agent);
            if (!call.gone) {
                ledger.whenDurable(hold, covered -> answer(call, covered));
            }
        }
    }

    private void answer(Call call, boolean covered) {
        assertThat(call.told).as("told twice").isFalse();
        call.told = true;
        call.gone = covered;
        if (!covered) {
            books.failed(call);
            tasks.failed(call);
        }
    }

    private void settleOne() {
        if (!books.calls().isEmpty()) {
            Call call = books.calls().get(random.nextInt(books.calls().size()));
            settle(call, call.gone ? money.outcome(call) : Outcome.released(call.request, 1, "m/x"));
        }
    }

    private void settle(Call call, Outcome outcome) {
        boolean above = outcome.spentPico() > call.hold.pico();
        Settled settled = ledger.settle(call.hold, outcome);
        assertThat(settled.froze() && !above).isFalse();
        books.settled(call, outcome, clock.millis());
        tasks.settled(call, outcome);
    }

    private void settleTwice() {
        if (!books.calls().isEmpty()) {
            Call call = books.calls().getLast();
            Outcome outcome = Outcome.released(call.request, 1, "m/x");
            settle(call, outcome);
            assertThatThrownBy(() -> ledger.settle(call.hold, outcome)).isInstanceOf(IllegalStateException.class);
        }
    }

    private void flush() throws SQLException {
        FlushBatch batch = flight;
        if (batch == null) {
            batch = ledger.pending() ? ledger.drain() : null;
            flight = batch;
            lastDrainMillis = clock.millis();
            drawn = books.calls().stream().filter(call -> !call.gone).toList();
            // mostly it stays in flight for a while
            if (batch == null || random.nextInt(3) > 0) {
                return;
            }
        }
        int dice = random.nextInt(10);
        if (dice < 7) {
            commit(batch);
            return;
        }
        if (dice < 9) {
            store.store(batch);
        }
        ledger.failed();
        FlushBatch again = ledger.drain();
        if (again == null) {
            throw new AssertionError("a batch of unknown outcome was dropped");
        }
        flight = again;
        if (dice == 8) {
            commit(again);
        }
    }

    private void commit(FlushBatch batch) throws SQLException {
        store.store(batch);
        ledger.committed();
        ledger.storeAvailable(true);
        flight = null;
        if (!cheating) {
            assertThat(drawn)
                    .as("calls that waited for this commit")
                    .allMatch(call -> call.gone || !books.calls().contains(call));
        }
        books.committed(batch);
    }

    private void moveClock() {
        int dice = random.nextInt(12);
        if (dice == 0) {
            clock.advance(random.nextLong(DAY_MILLIS));
        } else if (dice == 1) {
            clock.advance(-random.nextLong(DAY_MILLIS));
        } else if (dice == 2) {
            clock.advance(DAY_MILLIS * random.nextInt(20));
        } else if (dice < 5) {
            clock.advance(2_000 + random.nextLong(2_000));
        } else {
            clock.advance(random.nextInt(700));
        }
    }

    private void changeLimits() {
        AgentId agent = anyAgent();
        if (limits.containsKey(agent)) {
            Limits changed = money.limits();
            limits.put(agent, changed);
            List<Hold> cut = ledger.setLimits(agent, changed);
            ledger.unfreeze(agent);
            assertThat(cut).isSortedAccordingTo(CutOrder.NEWEST_FIRST).allMatch(Hold::cut);
            checkTheOthersFit(agent, changed);
        }
    }

    private void checkTheOthersFit(AgentId agent, Limits changed) {
        for (Call call : books.calls()) {
            if (call.agent.equals(agent) && !call.hold.cut()) {
                TrueBooks.Key key = new TrueBooks.Key(agent, call.day);
                long cut = books.calls().stream()
                        .filter(other -> other.isOn(key) && other.hold.cut())
                        .mapToLong(other -> other.hold.pico())
                        .sum();
                assertThat(books.settledOn(key) + books.heldOn(key) - cut).isLessThanOrEqualTo(changed.dailyPico());
            }
        }
    }

    private void configure() {
        AgentId agent = anyAgent();
        boolean removed = limits.remove(agent) != null;
        if (!removed) {
            limits.put(agent, money.limits());
        }
        fleetLimits = random.nextBoolean() ? Limits.NONE : money.limits();
        Cuts cuts = ledger.configure(limits, fleetLimits);
        if (removed) {
            assertThat(books.calls().stream().filter(call -> call.agent.equals(agent)))
                    .allMatch(call -> call.hold.cut());
            assertThat(cuts.revoked()).allMatch(hold -> hold.agent().equals(agent));
            assertThat(ledger.admit(agent, money.quote())).isInstanceOf(Admission.Refused.class);
        }
    }

    private void release() {
        AgentId agent = anyAgent();
        long wanted = 1 + random.nextLong(2_000);
        assertThat(ledger.release(agent, wanted)).isBetween(0L, wanted);
        ledger.unfreeze(agent);
    }

    private void crash() throws SQLException {
        crashes++;
        FlushBatch batch = flight;
        if (batch != null && random.nextBoolean()) {
            store.store(batch);
        }
        flight = null;
        StoredLedger recovered = store.recover(Utc.dayOf(clock.millis()));
        books.checkNothingIsLost(store);
        tasks.crashed(recovered);
        books.restart(store, Math.max(recovered.newestDay(), Utc.dayOf(clock.millis())));
        ledger = new Ledger(clock);
        ledger.restore(recovered);
        ready();
    }

    private void ready() {
        assertThat(ledger.admit(AGENTS.getFirst(), money.quote())).isInstanceOf(Admission.Refused.class);
        assertThat(ledger.configure(limits, fleetLimits).overLimit()).isEmpty();
        ledger.storeAvailable(true);
    }

    private void end() throws SQLException {
        while (!books.calls().isEmpty()) {
            settleOne();
        }
        ledger.close();
        for (FlushBatch batch = ledger.drain(); batch != null; batch = ledger.drain()) {
            commit(batch);
        }
        checkTallies();
        assertThat(ledger.pending()).isFalse();
        assertThat(ledger.fleet().daily().heldPico()).isZero();
        assertThat(ledger.fleet().monthly().heldPico()).isZero();
        books.checkRows(store);
        tasks.check(ledger);
        tasks.checkRows();
    }

    /// I1, for the agent and the fleet.
    private void checkLimits(AgentId agent) {
        Limits own = limits.getOrDefault(agent, Limits.NONE);
        assertThat(books.usedToday(agent)).isLessThanOrEqualTo(own.dailyPico());
        assertThat(books.usedThisMonth(agent)).isLessThanOrEqualTo(own.monthlyPico());
        assertThat(fleetToday()).isLessThanOrEqualTo(fleetLimits.dailyPico());
        assertThat(fleetThisMonth()).isLessThanOrEqualTo(fleetLimits.monthlyPico());
    }

    private void checkTallies() {
        for (AgentId agent : limits.keySet()) {
            BudgetState state = ledger.state(agent);
            if (state == null) {
                throw new AssertionError("no account of " + agent);
            }
            assertThat(used(state.daily())).isEqualTo(books.usedToday(agent));
            assertThat(used(state.monthly())).isEqualTo(books.usedThisMonth(agent));
            assertThat(state.daily().heldPico()).isEqualTo(books.heldOn(new TrueBooks.Key(agent, books.today())));
        }
        assertThat(used(ledger.fleet().daily())).isEqualTo(fleetToday());
        assertThat(used(ledger.fleet().monthly())).isEqualTo(fleetThisMonth());
    }

    /// The store commits every 50 ms, so what a longer pause strands says nothing.
    private void checkStranding() throws SQLException {
        long sinceDrain = clock.millis() - lastDrainMillis;
        if (!ledger.urgent() && flight == null && sinceDrain >= 0 && sinceDrain < 2_000) {
            books.checkStranding(store, clock.millis());
        }
    }

    /// Whoever waits has a commit under way or asked for.
    private void checkNobodyIsForgotten() {
        boolean waits = books.calls().stream().anyMatch(call -> !call.gone);
        assertThat(waits && flight == null && !ledger.urgent()).isFalse();
    }

    private long fleetToday() {
        return AGENTS.stream().mapToLong(books::usedToday).sum();
    }

    private long fleetThisMonth() {
        return AGENTS.stream().mapToLong(books::usedThisMonth).sum();
    }

    private AgentId anyAgent() {
        return AGENTS.get(random.nextInt(AGENTS.size()));
    }

    private static long used(WindowState state) {
        return state.spentPico() + state.unreconciledPico() + state.heldPico();
    }
}
