package ai.openlegion.gateway;

import ai.openlegion.budget.Budget;
import ai.openlegion.fleet.Fleet;
import io.netty.util.collection.LongObjectHashMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// The calls in flight on one event loop: who is told about time passing, cuts and revocations.
final class CallRegistry {

    /// How often calls look at the clock, in milliseconds: one timer a loop instead of one a call.
    static final int TICK_MILLIS = 250;

    private final LongObjectHashMap<InFlight> byHold = new LongObjectHashMap<>();
    private final LongAdder open;
    private int tick;

    /// @param open counts the calls in flight of all loops
    CallRegistry(LongAdder open) {
        this.open = open;
    }

    /// Ticks since the loop began.
    int tick() {
        return tick;
    }

    static int ticks(long millis) {
        return (int) Math.max(1, millis / TICK_MILLIS);
    }

    void add(long holdId, InFlight call) {
        byHold.put(holdId, call);
        open.increment();
    }

    void remove(long holdId) {
        if (byHold.remove(holdId) != null) {
            open.decrement();
        }
    }

    boolean isEmpty() {
        return byHold.isEmpty();
    }

    void onTick() {
        tick++;
        for (InFlight call : snapshot()) {
            call.guarded(() -> call.onTick(tick));
        }
    }

    void onCut(Budget.Cut cut) {
        for (long holdId : cut.holdIds()) {
            InFlight call = byHold.get(holdId);
            if (call != null) {
                if (cut.reason().equals("agent_revoked")) {
                    call.cut(Refusal.of(Refusal.Kind.REVOKED, "The agent was removed from the fleet"));
                } else {
                    call.cutForBudget("The budget was lowered under what this call holds");
                }
            }
        }
    }

    /// Ends the calls whose token no longer opens the door: no call outlives its token.
    void onFleet(Fleet fleet) {
        for (InFlight call : snapshot()) {
            if (!call.isStillKnownTo(fleet)) {
                call.cut(Refusal.of(Refusal.Kind.REVOKED, "The agent's token is no longer valid"));
            }
        }
    }

    void cutAll(Refusal reason) {
        for (InFlight call : snapshot()) {
            call.cut(reason);
        }
    }

    /// A call that ends removes itself, so the walk is over a copy.
    private List<InFlight> snapshot() {
        return new ArrayList<>(byHold.values());
    }
}
