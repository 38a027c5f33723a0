package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.identity.AgentId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A ledger, a store and a few agents, driven at random, beside a second set of books that knows the truth.
///
/// The truth is what providers may have produced: what was settled, and the whole hold of every call that went.
/// It is kept in plain sums that share no code with the ledger, and compared with it after every step.
final class LedgerWorld {

    private static final List<AgentId> AGENTS = List.of(new AgentId("a"), new AgentId("b"), new AgentId("c"));

    /// A call that was admitted.
    private static final class Call {
        final Hold hold;
        final AgentId agent;
        final long day;
        final String request;
        boolean gone;
        boolean told;

        Call(Hold hold, AgentId agent, long day, String request) {
            this.hold = hold;
            this.agent = agent;
            this.day = day;
            this.request = request;
            this.gone = hold.durable();
        }
    }

    /// One agent's day in the second books.
    private static final class Book {
        long settled;
        long held;
    }

    /// Something that was spent or held at some time.
    private record Event(long millis, AgentId agent, long pico) {}

    private record BookKey(AgentId agent, long day) {}

    private final Random random;
    private final BatchStore store;
    private final MovableClock clock = new MovableClock();
    private final boolean cheating;

    private Ledger ledger = new Ledger(clock);
    private final Map<AgentId, Limits> limits = new LinkedHashMap<>();
    private Limits fleetLimits = Limits.NONE;
    private final List<Call> calls = new ArrayList<>();
    private final Map<BookKey, Book> books = new HashMap<>();
    private final Map<String, Long> overspent = new TreeMap<>();
    private final List<Event> spends = new ArrayList<>();
    private final List<Event> holds = new ArrayList<>();
    private final Map<BookKey, Long> releasesSeen = new HashMap<>();
    private @Nullable FlushBatch flight;
    private List<Call> drawn = List.of();
    private long lastDrainMillis;
    private long today;
    private int requests;
    int admitted;
    int crashes;

    /// @param cheating whether providers sometimes bill more than was held
    LedgerWorld(long seed, BatchStore store, boolean cheating) throws SQLException {
        this.random = new Random(seed);
        this.store = store;
        this.cheating = cheating;
        AGENTS.forEach(agent -> limits.put(agent, randomLimits()));
        today = Utc.dayOf(clock.millis());
        start();
    }

    void run(int steps) throws SQLException {
        for (int i = 0; i < steps; i++) {
            step();
            checkTallies();
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
        AgentId agent = AGENTS.get(random.nextInt(AGENTS.size()));
        Quote quote = randomQuote();
        roll();
        switch (ledger.admit(agent, quote)) {
            case Admission.Refused _ -> {}
            case Admission.Granted(Hold hold) -> {
                admitted++;
                long input = quote.inputPico();
                assertThat(hold.pico()).isEqualTo(input + hold.outputTokens() * quote.picoPerOutputToken());
                assertThat(hold.outputTokens()).isLessThanOrEqualTo(quote.wantedOutputTokens());
                assertThat(hold.outputTokens())
                        .isGreaterThanOrEqualTo(Math.min(quote.wantedOutputTokens(), quote.floorOutputTokens()));
                Call call = new Call(hold, agent, today, "r" + ++requests);
                book(agent, today).held += hold.pico();
                checkLimits(agent);
                calls.add(call);
                holds.add(new Event(clock.millis(), agent, hold.pico()));
                if (!call.gone) {
                    ledger.whenDurable(hold, covered -> answer(call, covered));
                }
            }
        }
    }

    private void answer(Call call, boolean covered) {
        assertThat(call.told).as("told twice").isFalse();
        call.told = true;
        if (covered) {
            call.gone = true;
        } else {
            book(call.agent, call.day).held -= call.hold.pico();
            boolean _ = calls.remove(call);
        }
    }

    private void settleOne() {
        if (calls.isEmpty()) {
            return;
        }
        Call call = calls.remove(random.nextInt(calls.size()));
        settle(call, call.gone ? randomOutcome(call) : Outcome.released(call.request, 1, "m/x"));
    }

    private void settle(Call call, Outcome outcome) {
        long pico = call.hold.pico();
        Settled settled = ledger.settle(call.hold, outcome);
        long booked = outcome.spentPico() + outcome.unreconciledPico();
        assertThat(settled.froze() && booked <= pico).isFalse();
        Book book = book(call.agent, call.day);
        book.held -= pico;
        book.settled += booked;
        if (booked > pico) {
            overspent.put(call.request, booked - pico);
        }
        spends.add(new Event(clock.millis(), call.agent, outcome.spentPico()));
    }

    private void settleTwice() {
        if (!calls.isEmpty()) {
            Call call = calls.removeLast();
            settle(call, Outcome.released(call.request, 1, "m/x"));
            assertThatThrownBy(() -> ledger.settle(call.hold, Outcome.released(call.request, 1, "m/x")))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    private void flush() throws SQLException {
        FlushBatch open = flight;
        if (open == null) {
            flight = ledger.pending() ? ledger.drain() : null;
            lastDrainMillis = clock.millis();
            drawn = calls.stream().filter(call -> !call.gone).toList();
            // leave it in flight for a while, mostly
            if (flight == null || random.nextInt(3) > 0) {
                return;
            }
            open = flight;
        }
        int dice = random.nextInt(10);
        if (dice < 7) {
            commit(open);
        } else {
            if (dice < 9) {
                store.store(open);
            }
            ledger.failed();
            // the store recovers and tries the same again
            flight = ledger.drain();
            assertThat(flight).isNotNull();
            if (dice == 8) {
                commit(flight);
            }
        }
    }

    private void commit(FlushBatch batch) throws SQLException {
        store.store(batch);
        roll();
        ledger.committed();
        ledger.storeAvailable(true);
        flight = null;
        if (!cheating) {
            assertThat(drawn)
                    .as("calls that waited for this commit")
                    .allMatch(call -> call.gone || !calls.contains(call));
        }
        for (UsageEntry entry : batch.entries()) {
            if (entry.model().equals(UsageEntry.RELEASED_MODEL)) {
                book(entry.agent(), entry.day()).settled += entry.unreconciledPico();
                long _ = releasesSeen.merge(
                        new BookKey(entry.agent(), entry.day()), -entry.unreconciledPico(), Long::sum);
            }
        }
    }

    private void moveClock() {
        switch (random.nextInt(12)) {
            case 0 -> clock.advance(random.nextInt(86_400_000));
            case 1 -> clock.advance(-random.nextInt(100_000_000));
            case 2 -> clock.advance(86_400_000L * random.nextInt(20));
            case 3, 4 -> clock.advance(2_000 + random.nextInt(2_000));
            default -> clock.advance(random.nextInt(700)); // open: small steps
        }
        roll();
    }

    private void changeLimits() {
        AgentId agent = AGENTS.get(random.nextInt(AGENTS.size()));
        if (limits.containsKey(agent)) {
            Limits changed = randomLimits();
            limits.put(agent, changed);
            checkCut(ledger.setLimits(agent, changed), agent);
            ledger.unfreeze(agent);
        }
    }

    /// The cut ones are the newest, and without them the others fit, or none is left.
    private void checkCut(List<Hold> cut, AgentId agent) {
        assertThat(cut).isSortedAccordingTo(CutOrder.NEWEST_FIRST);
        assertThat(cut).allMatch(Hold::cut);
        List<Hold> running = calls.stream()
                .filter(call -> call.agent.equals(agent))
                .map(call -> call.hold)
                .toList();
        assertThat(running).containsAll(cut);
        for (Call call : calls) {
            if (call.agent.equals(agent) && !call.hold.cut()) {
                long cutPico = calls.stream()
                        .filter(other -> other.agent.equals(agent) && other.day == call.day && other.hold.cut())
                        .mapToLong(other -> other.hold.pico())
                        .sum();
                assertThat(used(agent, call.day) - cutPico)
                        .isLessThanOrEqualTo(
                                limits.getOrDefault(agent, Limits.NONE).dailyPico());
            }
        }
    }

    private void configure() {
        AgentId agent = AGENTS.get(random.nextInt(AGENTS.size()));
        boolean removed = limits.remove(agent) != null;
        if (!removed) {
            limits.put(agent, randomLimits());
        }
        fleetLimits = random.nextBoolean() ? Limits.NONE : randomLimits();
        Cuts cuts = ledger.configure(limits, fleetLimits);
        if (removed) {
            assertThat(calls.stream().filter(call -> call.agent.equals(agent))).allMatch(call -> call.hold.cut());
            assertThat(cuts.revoked()).allMatch(hold -> hold.agent().equals(agent));
            assertThat(ledger.admit(agent, randomQuote())).isInstanceOf(Admission.Refused.class);
        }
    }

    private void release() {
        AgentId agent = AGENTS.get(random.nextInt(AGENTS.size()));
        long wanted = 1 + random.nextInt(2_000);
        long amount = ledger.release(agent, wanted);
        assertThat(amount).isBetween(0L, wanted);
    }

    private void crash() throws SQLException {
        crashes++;
        FlushBatch open = flight;
        if (open != null && random.nextBoolean()) {
            store.store(open);
        }
        flight = null;
        StoredLedger recovered = store.recover(Utc.dayOf(clock.millis()));
        checkNothingIsLost();
        calls.clear();
        books.clear();
        overspent.clear();
        for (DayImage day : store.days()) {
            book(day.agent(), day.day()).settled = day.total();
            today = Math.max(today, day.day());
        }
        today = Math.max(recovered.newestDay(), Utc.dayOf(clock.millis()));
        ledger = new Ledger(clock);
        ledger.restore(recovered);
        ready();
    }

    private void start() throws SQLException {
        ledger.restore(store.recover(today));
        ready();
    }

    private void ready() {
        assertThat(ledger.admit(AGENTS.getFirst(), randomQuote())).isInstanceOf(Admission.Refused.class);
        Cuts cuts = ledger.configure(limits, fleetLimits);
        assertThat(cuts.overLimit()).isEmpty();
        ledger.storeAvailable(true);
    }

    private void end() throws SQLException {
        while (!calls.isEmpty()) {
            settleOne();
        }
        ledger.close();
        FlushBatch open = flight;
        if (open != null) {
            commit(open);
        }
        for (FlushBatch batch = ledger.drain(); batch != null; batch = ledger.drain()) {
            commit(batch);
        }
        roll();
        checkTallies();
        assertThat(ledger.pending()).isFalse();
        assertThat(ledger.fleet().daily().heldPico()).isZero();
        assertThat(ledger.fleet().monthly().heldPico()).isZero();
        checkRows();
    }

    /// I3: the ledger's rows, its bookings and the usage table say the same, and nothing is leased any more.
    private void checkRows() throws SQLException {
        long spent = 0;
        long unreconciled = 0;
        for (DayImage row : store.days()) {
            assertThat(row.leased()).as("lease of %s", row).isZero();
            assertThat(row.total()).isEqualTo(book(row.agent(), row.day()).settled);
            spent += row.spent();
            unreconciled += row.unreconciled();
        }
        assertThat(store.usage()).isEqualTo(new BatchStore.UsageTotal(spent, unreconciled));
        assertThat(store.entries().stream().mapToLong(UsageEntry::spentPico).sum())
                .isEqualTo(spent);
        checkBookedOnce();
    }

    private void checkBookedOnce() throws SQLException {
        Set<String> seen = new HashSet<>();
        for (UsageEntry entry : store.entries()) {
            // requests are numbered through, crashes included
            assertThat(entry.requestId().isEmpty() || seen.add(entry.requestId()))
                    .as("booked twice: %s", entry)
                    .isTrue();
        }
    }

    /// I1, for the agent and the fleet, with the second books.
    private void checkLimits(AgentId agent) {
        Limits own = limits.getOrDefault(agent, Limits.NONE);
        assertThat(used(agent, today)).isLessThanOrEqualTo(own.dailyPico());
        assertThat(usedInMonth(agent)).isLessThanOrEqualTo(own.monthlyPico());
        long fleetDay = AGENTS.stream().mapToLong(one -> used(one, today)).sum();
        long fleetMonth = AGENTS.stream().mapToLong(this::usedInMonth).sum();
        assertThat(fleetDay).isLessThanOrEqualTo(fleetLimits.dailyPico());
        assertThat(fleetMonth).isLessThanOrEqualTo(fleetLimits.monthlyPico());
    }

    /// The ledger and the second books say the same.
    private void checkTallies() {
        for (AgentId agent : limits.keySet()) {
            BudgetState state = ledger.state(agent);
            if (state == null) {
                throw new AssertionError("no account of " + agent);
            }
            assertThat(used(state.daily())).isEqualTo(used(agent, today));
            assertThat(used(state.monthly())).isEqualTo(usedInMonth(agent));
            long held = calls.stream()
                    .filter(call -> call.agent.equals(agent) && call.day == today)
                    .mapToLong(call -> call.hold.pico())
                    .sum();
            assertThat(state.daily().heldPico()).isEqualTo(held);
        }
        FleetState fleet = ledger.fleet();
        assertThat(used(fleet.daily()))
                .isEqualTo(AGENTS.stream().mapToLong(one -> used(one, today)).sum());
        assertThat(used(fleet.monthly()))
                .isEqualTo(AGENTS.stream().mapToLong(this::usedInMonth).sum());
    }

    /// I4: after a restart no row counts less than what was settled or went; after recovery that is all in the
    /// row.
    private void checkNothingIsLost() throws SQLException {
        Map<BookKey, Long> stored = new HashMap<>();
        store.days().forEach(day -> stored.put(new BookKey(day.agent(), day.day()), day.total()));
        Set<String> storedRequests = new HashSet<>();
        for (UsageEntry entry : store.entries()) {
            boolean _ = storedRequests.add(entry.requestId());
        }
        long unseenOverspend = overspent.entrySet().stream()
                .filter(over -> !storedRequests.contains(over.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        for (Map.Entry<BookKey, Book> entry : books.entrySet()) {
            BookKey key = entry.getKey();
            long truth = entry.getValue().settled + goneOn(key);
            // a release may be stored although the ledger was never told
            long releasedUnseen = releasedInStore(key) - releasesSeen.getOrDefault(key, 0L);
            assertThat(stored.getOrDefault(key, 0L) + releasedUnseen + unseenOverspend)
                    .as("stored on %s", key)
                    .isGreaterThanOrEqualTo(truth);
        }
        books.keySet().forEach(key -> {
            long _ = releasesSeen.merge(key, 0L, Long::sum);
        });
        for (BookKey key : List.copyOf(releasesSeen.keySet())) {
            Long _ = releasesSeen.put(key, releasedInStore(key));
        }
    }

    private long releasedInStore(BookKey key) throws SQLException {
        return store.entries().stream()
                .filter(entry -> entry.model().equals(UsageEntry.RELEASED_MODEL)
                        && entry.agent().equals(key.agent())
                        && entry.day() == key.day())
                .mapToLong(entry -> -entry.unreconciledPico())
                .sum();
    }

    /// A crash strands at most two seconds' worth of an account's own spending, or one call's hold.
    private void checkStranding() throws SQLException {
        long sinceDrain = clock.millis() - lastDrainMillis;
        if (ledger.urgent() || flight != null || sinceDrain < 0 || sinceDrain >= 2_000) {
            return;
        }
        for (DayImage row : store.days()) {
            BookKey key = new BookKey(row.agent(), row.day());
            long stranded = row.total() - book(row.agent(), row.day()).settled - goneOn(key);
            if (stranded > 0) {
                assertThat(stranded).as("stranded on %s", key).isLessThanOrEqualTo(strandingBound(row.agent()));
            }
        }
    }

    private long strandingBound(AgentId agent) {
        long now = clock.millis();
        long bound = 0;
        for (Event hold : holds.reversed()) {
            if (hold.agent().equals(agent)) {
                bound = Math.max(bound, hold.pico());
                if (Math.abs(now - hold.millis()) > 4_000) {
                    // this one was the last when the oldest slack of interest was drawn
                    break;
                }
            }
        }
        // slack was drawn at most two seconds ago, from what was spent in two seconds then
        for (Event end : spends) {
            if (end.agent().equals(agent) && Math.abs(now - end.millis()) <= 4_000) {
                long recent = spends.stream()
                        .filter(event -> event.agent().equals(agent)
                                && event.millis() <= end.millis()
                                && end.millis() - event.millis() <= 2_000)
                        .mapToLong(Event::pico)
                        .sum();
                bound = Math.max(bound, recent);
            }
        }
        return bound;
    }

    /// Whoever waits has a commit under way or asked for.
    private void checkNobodyIsForgotten() {
        boolean waits = calls.stream().anyMatch(call -> !call.gone);
        assertThat(waits && flight == null && !ledger.urgent()).isFalse();
    }

    private long goneOn(BookKey key) {
        return calls.stream()
                .filter(call -> call.gone && call.agent.equals(key.agent()) && call.day == key.day())
                .mapToLong(call -> call.hold.pico())
                .sum();
    }

    private void roll() {
        today = Math.max(today, Utc.dayOf(clock.millis()));
    }

    private long used(AgentId agent, long day) {
        Book book = book(agent, day);
        return book.settled + book.held;
    }

    private long usedInMonth(AgentId agent) {
        long first = Utc.firstOfMonth(today);
        return books.entrySet().stream()
                .filter(entry -> entry.getKey().agent().equals(agent)
                        && entry.getKey().day() >= first
                        && entry.getKey().day() <= today)
                .mapToLong(entry -> entry.getValue().settled + entry.getValue().held)
                .sum();
    }

    private Book book(AgentId agent, long day) {
        return books.computeIfAbsent(new BookKey(agent, day), _ -> new Book());
    }

    private static long used(WindowState state) {
        return state.spentPico() + state.unreconciledPico() + state.heldPico();
    }

    private Outcome randomOutcome(Call call) {
        long pico = call.hold.pico();
        if (cheating && random.nextInt(25) == 0) {
            return new Outcome(call.request, 1, "m/x", 5, 9, 0, pico + 1 + random.nextInt(500), 0, Basis.USAGE);
        }
        long spent = (long) (pico * random.nextDouble());
        return switch (random.nextInt(4)) {
            case 0 -> new Outcome(call.request, 1, "m/y", 5, 9, 0, spent, pico - spent, Basis.UPPER_BOUND);
            case 1 -> Outcome.released(call.request, 1, "m/x");
            case 2 -> new Outcome(call.request, 1, "m/x", 5, 9, 0, pico, 0, Basis.DELTAS);
            default -> new Outcome(call.request, 1, "m/x", 5, 9, 2, spent, 0, Basis.USAGE); // open: the usual end
        };
    }

    private Quote randomQuote() {
        return switch (random.nextInt(20)) {
            case 0 -> new Quote(0, 0, 100, 16);
            case 1 -> new Quote(Long.MAX_VALUE, 1, 1, 1);
            case 2 -> new Quote(10, Long.MAX_VALUE / 3, 100, 16);
            default -> new Quote(random.nextInt(60), 1 + random.nextInt(3), random.nextInt(400), 16); // open: usual
        };
    }

    private Limits randomLimits() {
        return switch (random.nextInt(8)) {
            case 0 -> new Limits(0, 5_000);
            case 1 -> new Limits(Limits.UNLIMITED, 10_000);
            case 2 -> Limits.NONE;
            default -> new Limits(500 + random.nextInt(4_000), 2_000 + random.nextInt(20_000)); // open: usual
        };
    }
}
