package ai.openlegion.schedule;

import ai.openlegion.schedule.Schedule.Misfire;
import java.time.Instant;
import java.time.ZoneId;

/// The rules of one timetable in one zone: whether to run, and when the next turn is. Pure.
///
/// A run is late when its moment has passed, and missed when it is later than the grace allows: the mesh did not run,
/// was busy, or the clock jumped ahead. However many moments were missed, they are made up for by one run at most.
record Clockwork(Timetable timetable, ZoneId zone, Misfire misfire) {

    /// What to do now.
    sealed interface Turn {}

    /// Nothing: it is not due.
    record Wait() implements Turn {}

    /// Run once, for this moment.
    record Run(long scheduledMillis, Standing next) implements Turn {}

    /// Let what was missed pass.
    record Pass(Standing next) implements Turn {}

    /// When a job that begins now is due first; 0 = never.
    long first(long now) {
        return after(now);
    }

    /// What to do at a time.
    Turn decide(Standing standing, long now, long graceMillis) {
        long due = standing.dueMillis();
        if (due == 0 || due > now) {
            return new Wait();
        }
        Standing next = turned(standing, now);
        boolean missed = now - due > graceMillis;
        return missed && misfire == Misfire.SKIP ? new Pass(next) : new Run(due, next);
    }

    /// As the job stands once the moment it is due at has had its turn.
    Standing turned(Standing standing, long now) {
        long due = standing.dueMillis();
        return switch (timetable) {
            case Interval(var period) -> {
                long steps = Math.max(0, now - due) / period.toMillis() + 1;
                yield standing.due(due + steps * period.toMillis());
            }
            case CronFields _ -> {
                Covered covered = standing.covered().with(due, this::after);
                yield standing.passed(covered, covered.firstAfter(Math.max(due, now), this::after));
            }
        };
    }

    /// As the job stands when the clock may have gone back: what had its turn does not get another one, and what is
    /// still to come does not wait until the clock has caught up with the time it once showed.
    Standing settled(Standing standing, long now) {
        long due = standing.dueMillis();
        if (due == 0 || due <= now) {
            return standing;
        }
        long first = switch (timetable) {
            case Interval(var period) -> now + period.toMillis();
            case CronFields _ -> standing.covered().firstAfter(now, this::after);
        };
        return first != 0 && first < due ? standing.due(first) : standing;
    }

    /* The first moment after another one; 0 = none. */
    private long after(long moment) {
        return timetable
                .next(Instant.ofEpochMilli(moment), zone, misfire)
                .map(Instant::toEpochMilli)
                .orElse(0L);
    }
}
