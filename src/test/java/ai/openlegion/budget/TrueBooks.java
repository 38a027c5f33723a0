package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The second set of books: what providers may have produced, in plain sums that share no code with the ledger.
///
/// That is what was settled, and the whole hold of every call that went.
final class TrueBooks {

    /// A call that was admitted and is not settled.
    static final class Call {
        final Hold hold;
        final AgentId agent;
        final long day;
        final String request;
        boolean gone;
        boolean told;

        Call(Hold hold, long day, String request) {
            this.hold = hold;
            this.agent = hold.agent();
            this.day = day;
            this.request = request;
            this.gone = hold.durable();
        }

        boolean isOn(Key key) {
            return agent.equals(key.agent()) && day == key.day();
        }
    }

    /// An agent's day.
    record Key(AgentId agent, long day) {}

    /// Something that was spent or held at some time.
    private record Event(long millis, AgentId agent, long pico) {}

    private final List<Call> calls = new ArrayList<>();
    private final Map<Key, Long> settled = new HashMap<>();
    private final Map<Key, Long> releasesSeen = new HashMap<>();
    private final Map<String, Long> overspent = new TreeMap<>();
    private final List<Event> spends = new ArrayList<>();
    private final List<Event> holds = new ArrayList<>();
    private long today;
    private int requests;

    TrueBooks(long today) {
        this.today = today;
    }

    long today() {
        return today;
    }

    List<Call> calls() {
        return calls;
    }

    void roll(long nowMillis) {
        today = Math.max(today, Utc.dayOf(nowMillis));
    }

    Call admitted(Hold hold, long nowMillis) {
        Call call = new Call(hold, today, "r" + ++requests);
        calls.add(call);
        holds.add(new Event(nowMillis, call.agent, hold.pico()));
        return call;
    }

    void failed(Call call) {
        assertThat(calls.remove(call)).isTrue();
    }

    void settled(Call call, Outcome outcome, long nowMillis) {
        assertThat(calls.remove(call)).isTrue();
        long booked = outcome.spentPico() + outcome.unreconciledPico();
        add(settled, new Key(call.agent, call.day), booked);
        if (booked > call.hold.pico()) {
            add(overspent, call.request, booked - call.hold.pico());
        }
        spends.add(new Event(nowMillis, call.agent, outcome.spentPico()));
    }

    /// The ledger was told that this is stored: its releases count from now on.
    void committed(FlushBatch batch) {
        for (UsageEntry entry : batch.entries()) {
            if (entry.model().equals(UsageEntry.RELEASED_MODEL)) {
                Key key = new Key(entry.agent(), entry.day());
                add(settled, key, entry.unreconciledPico());
                add(releasesSeen, key, -entry.unreconciledPico());
            }
        }
    }

    /// Goes on from what a restart found.
    void restart(BatchStore store, long day) throws SQLException {
        calls.clear();
        settled.clear();
        overspent.clear();
        releasesSeen.clear();
        for (DayImage row : store.days()) {
            add(settled, new Key(row.agent(), row.day()), row.total());
        }
        for (UsageEntry entry : store.entries()) {
            if (entry.model().equals(UsageEntry.RELEASED_MODEL)) {
                add(releasesSeen, new Key(entry.agent(), entry.day()), -entry.unreconciledPico());
            }
        }
        today = day;
    }

    long settledOn(Key key) {
        return settled.getOrDefault(key, 0L);
    }

    long heldOn(Key key) {
        return sum(calls.stream().filter(call -> call.isOn(key)).toList());
    }

    long usedToday(AgentId agent) {
        Key key = new Key(agent, today);
        return settledOn(key) + heldOn(key);
    }

    long usedThisMonth(AgentId agent) {
        long used = 0;
        for (long day = Utc.firstOfMonth(today); day <= today; day++) {
            Key key = new Key(agent, day);
            used += settledOn(key) + heldOn(key);
        }
        return used;
    }

    /// I4: no row a crash leaves counts less than what was settled or went.
    void checkNothingIsLost(BatchStore store) throws SQLException {
        Map<Key, Long> stored = new HashMap<>();
        store.days().forEach(row -> add(stored, new Key(row.agent(), row.day()), row.total()));
        Map<Key, Long> released = new HashMap<>();
        Set<String> storedRequests = new HashSet<>();
        for (UsageEntry entry : store.entries()) {
            boolean _ = storedRequests.add(entry.requestId());
            if (entry.model().equals(UsageEntry.RELEASED_MODEL)) {
                add(released, new Key(entry.agent(), entry.day()), -entry.unreconciledPico());
            }
        }
        // what a provider billed above its hold is known only when it is settled
        long unseenOverspend = overspent.entrySet().stream()
                .filter(over -> !storedRequests.contains(over.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        Set<Key> keys = new HashSet<>(settled.keySet());
        calls.forEach(call -> {
            boolean _ = keys.add(new Key(call.agent, call.day));
        });
        for (Key key : keys) {
            // a release may be stored although the ledger was never told
            long releasedUnseen = released.getOrDefault(key, 0L) - releasesSeen.getOrDefault(key, 0L);
            assertThat(stored.getOrDefault(key, 0L) + releasedUnseen + unseenOverspend)
                    .as("stored on %s", key)
                    .isGreaterThanOrEqualTo(settledOn(key) + goneOn(key));
        }
    }

    /// A crash now strands at most two seconds' worth of an account's own spending, or one call's hold.
    void checkStranding(BatchStore store, long nowMillis) throws SQLException {
        for (DayImage row : store.days()) {
            Key key = new Key(row.agent(), row.day());
            long stranded = row.total() - settledOn(key) - goneOn(key);
            if (stranded > 0) {
                assertThat(stranded)
                        .as("stranded on %s", key)
                        .isLessThanOrEqualTo(
                                Math.max(holdBound(key.agent(), nowMillis), spendBound(key.agent(), nowMillis)));
            }
        }
    }

    /// I3: rows, bookings and the usage table say the same as these books; nothing is leased, nothing booked
    /// twice.
    void checkRows(BatchStore store) throws SQLException {
        long spent = 0;
        long unreconciled = 0;
        for (DayImage row : store.days()) {
            assertThat(row.leased()).as("lease of %s", row).isZero();
            assertThat(row.total()).isEqualTo(settledOn(new Key(row.agent(), row.day())));
            spent += row.spent();
            unreconciled += row.unreconciled();
        }
        assertThat(store.usage()).isEqualTo(new BatchStore.UsageTotal(spent, unreconciled));
        Set<String> seen = new HashSet<>();
        long booked = 0;
        for (UsageEntry entry : store.entries()) {
            booked += entry.spentPico();
            // requests are numbered through, crashes included
            assertThat(entry.requestId().isEmpty() || seen.add(entry.requestId()))
                    .as("booked twice: %s", entry)
                    .isTrue();
        }
        assertThat(booked).isEqualTo(spent);
    }

    private long holdBound(AgentId agent, long nowMillis) {
        long bound = 0;
        for (Event hold : holds.reversed()) {
            if (hold.agent().equals(agent)) {
                bound = Math.max(bound, hold.pico());
                if (Math.abs(nowMillis - hold.millis()) > 4_000) {
                    // this one was the last when the oldest slack of interest was drawn
                    break;
                }
            }
        }
        return bound;
    }

    /// Slack was drawn at most two seconds ago, from what was spent in two seconds then.
    private long spendBound(AgentId agent, long nowMillis) {
        long bound = 0;
        List<Event> own = spends.stream()
                .filter(event -> event.agent().equals(agent) && Math.abs(nowMillis - event.millis()) <= 6_000)
                .toList();
        for (Event end : own) {
            long recent = own.stream()
                    .filter(event -> event.millis() <= end.millis() && end.millis() - event.millis() <= 2_000)
                    .mapToLong(Event::pico)
                    .sum();
            bound = Math.max(bound, recent);
        }
        return bound;
    }

    private long goneOn(Key key) {
        return sum(calls.stream().filter(call -> call.gone && call.isOn(key)).toList());
    }

    private static long sum(List<Call> some) {
        return some.stream().mapToLong(call -> call.hold.pico()).sum();
    }

    private static <K> void add(Map<K, Long> sums, K key, long pico) {
        long _ = sums.merge(key, pico, Long::sum);
    }
}
