package ai.openlegion.schedule;

import ai.openlegion.schedule.Schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/// A timetable of even steps, whatever the clock on the wall does.
record Interval(Duration period) implements Timetable {

    @Override
    public Optional<Instant> next(Instant after, ZoneId zone, Misfire misfire) {
        return Optional.of(after.plus(period));
    }
}
