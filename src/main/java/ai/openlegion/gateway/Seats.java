package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who has how many of one event loop's connections to each provider and service, waiting for one included: at most
/// half
/// of them one agent, so that its slow calls never keep all others waiting.
final class Seats {

    private final int mostOfOne;
    private final Map<String, Map<AgentId, Taken>> atProviders = new HashMap<>();
    private final Map<String, Map<AgentId, Taken>> atServices = new HashMap<>();

    private Seats(int mostOfOne) {
        this.mostOfOne = mostOfOne;
    }

    /// @param connections to one upstream, of all loops together
    static Seats of(int connections, int loops) {
        return new Seats(Math.max(1, connections / loops / 2));
    }

    /// What one agent has at one upstream.
    private static final class Taken {
        int seats;
    }

    /// A place at a provider; null where the agent has its half.
    @Nullable
    Seat atProvider(String name, AgentId agent) {
        return take(atProviders, name, agent);
    }

    /// A place at a service; null where the agent has its half.
    @Nullable
    Seat atService(String name, AgentId agent) {
        return take(atServices, name, agent);
    }

    private @Nullable Seat take(Map<String, Map<AgentId, Taken>> taken, String upstream, AgentId agent) {
        Taken mine = taken.computeIfAbsent(upstream, _ -> new HashMap<>()).computeIfAbsent(agent, _ -> new Taken());
        return mine.seats < mostOfOne ? new Seat(mine) : null;
    }

    /// A place at an upstream, from the wait for a connection to the end of both the wait and the call.
    static final class Seat {
        private final Taken taken;
        private boolean connecting = true;
        private boolean left;
        private boolean returned;

        private Seat(Taken taken) {
            this.taken = taken;
            taken.seats++;
        }

        /// The wait for a connection is over: nobody can end that before, not even when the call has ended.
        void connected() {
            connecting = false;
            settle();
        }

        /// The call needs it no longer; twice is once.
        void leave() {
            left = true;
            settle();
        }

        private void settle() {
            if (left && !connecting && !returned) {
                returned = true;
                taken.seats--;
            }
        }
    }
}
