package ai.openlegion.supervisor;

import java.util.List;
import java.util.stream.Stream;

/// The restarts of an agent that count, within the last hour.
///
/// @param times in milliseconds, the last one last
record Restarts(List<Long> times) {

    static final Restarts NONE = new Restarts(List.of());

    private static final long HOUR_MILLIS = 3_600_000;

    Restarts {
        times = List.copyOf(times);
    }

    int count() {
        return times.size();
    }

    /// Those of the hour before this moment.
    Restarts since(long now) {
        return new Restarts(
                times.stream().filter(time -> time > now - HOUR_MILLIS).toList());
    }

    Restarts and(long now) {
        return new Restarts(Stream.concat(times.stream(), Stream.of(now)).toList());
    }

    boolean hasOneSince(long moment) {
        return !times.isEmpty() && times.getLast() >= moment;
    }

    Restarts withoutLast() {
        return new Restarts(times.subList(0, times.size() - 1));
    }

    /// Before the next one: it doubles with each.
    long backOffMillis(SupervisorSettings settings) {
        long seconds = (long) settings.restartBackoffSeconds() << Math.min(times.size(), 30);
        return Math.min(seconds, settings.restartBackoffMaxSeconds()) * 1000L;
    }
}
