package ai.openlegion.gateway;

import ai.openlegion.catalogue.Model;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How the models have answered lately, and so which of them is asked first; shared by all event loops of a node, in
/// memory only.
///
/// A model that failed cools down: as long as its provider said, else longer with each failure in a row. It is then
/// asked last, never left out: a call that nobody else can answer is still worth a try.
final class ModelHealth {

    /// The longest that a model cools down, whatever its provider asks for.
    static final long LONGEST_SECONDS = 3_600;

    private static final long FIRST_SECONDS = 60;
    private static final long FACTOR = 5;
    private static final long LONGEST_TRANSIENT_SECONDS = 1_500;

    /// A model as agents are told of it.
    ///
    /// @param model its concrete id
    /// @param available whether it is asked first, and not only when nobody else is left
    /// @param cooldownRemaining seconds, rounded up; 0 = none
    /// @param lastError a word for the failure since its last success; null = none
    record Health(
            String model,
            boolean available,
            long successCount,
            long failureCount,
            int consecutiveFailures,
            long cooldownRemaining,
            @Nullable String lastError) {}

    private final InstantSource clock;
    private final Map<String, State> states = new ConcurrentHashMap<>();

    ModelHealth(InstantSource clock) {
        this.clock = clock;
    }

    /// A call begins on this model.
    Trial begin(Model model) {
        State state = states.computeIfAbsent(model.id(), _ -> new State());
        return new Trial(state, state.incident());
    }

    /// One call on one model; it tells at most once how that went, and may tell nothing.
    final class Trial {
        private final State state;
        private final int incident;
        private boolean told;

        private Trial(State state, int incident) {
            this.state = state;
            this.incident = incident;
        }

        void succeeded() {
            if (!told) {
                told = true;
                state.succeeded(incident);
            }
        }

        void failed(Failure failure) {
            if (!told) {
                told = true;
                state.failed(incident, failure, clock.millis());
            }
        }
    }

    /// The order in which these are asked: those that do not cool first, as they stand, then the others, who has the
    /// least left first.
    <T> List<T> order(List<T> candidates, Function<T, Model> model) {
        if (candidates.size() < 2) {
            return candidates;
        }
        record Placed<T>(T candidate, long remaining) {}
        long now = clock.millis();
        List<Placed<T>> placed = new ArrayList<>(candidates.size());
        for (T candidate : candidates) {
            State state = states.get(model.apply(candidate).id());
            placed.add(new Placed<>(candidate, state == null ? 0 : state.remainingMillis(now)));
        }
        // the sort keeps the order of equals, and of those that do not cool all are equal
        placed.sort(Comparator.comparingLong(Placed::remaining));
        return placed.stream().map(Placed::candidate).toList();
    }

    /// How a model stands.
    Health of(Model model) {
        State state = states.get(model.id());
        return state == null
                ? new Health(model.id(), true, 0, 0, 0, 0, null)
                : state.health(model.id(), clock.millis());
    }

    /// Whether a call on it has ended since the mesh began.
    boolean isKnown(Model model) {
        State state = states.get(model.id());
        return state != null && state.hasHistory();
    }

    /// One model's history. Calls that were under way together fail together: of those only the first counts as a
    /// failure in a row, and none of their late successes lifts a cool-down that began meanwhile.
    private static final class State {
        private long successes;
        private long failures;
        private int consecutive;
        private int incidents;
        private long coolsFrom;
        private long coolsMillis;
        private @Nullable String lastError;

        synchronized int incident() {
            return incidents;
        }

        synchronized boolean hasHistory() {
            return successes + failures > 0;
        }

        synchronized void succeeded(int begunIn) {
            successes++;
            if (begunIn == incidents) {
                consecutive = 0;
                coolsMillis = 0;
                lastError = null;
            }
        }

        synchronized void failed(int begunIn, Failure failure, long now) {
            failures++;
            lastError = failure.word();
            boolean isNew = begunIn == incidents;
            if (isNew) {
                incidents++;
                consecutive++;
            }
            long wanted = 1_000 * seconds(failure);
            if (isNew || wanted > remainingMillis(now)) {
                coolsFrom = now;
                coolsMillis = wanted;
            }
        }

        private long seconds(Failure failure) {
            if (failure.retryAfterSeconds() >= 0) {
                return Math.min(failure.retryAfterSeconds(), LONGEST_SECONDS);
            }
            if (failure.lasts()) {
                return LONGEST_SECONDS;
            }
            long seconds = FIRST_SECONDS;
            for (int i = 1; i < consecutive && seconds < LONGEST_TRANSIENT_SECONDS; i++) {
                seconds *= FACTOR;
            }
            return Math.min(seconds, LONGEST_TRANSIENT_SECONDS);
        }

        /// A clock that is set back starts the cool-down anew rather than making it longer.
        synchronized long remainingMillis(long now) {
            long passed = Math.max(0, now - coolsFrom);
            return Math.max(0, coolsMillis - passed);
        }

        synchronized Health health(String model, long now) {
            long seconds = (remainingMillis(now) + 999) / 1_000;
            return new Health(model, seconds == 0, successes, failures, consecutive, seconds, lastError);
        }
    }
}
