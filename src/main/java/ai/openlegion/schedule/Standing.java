package ai.openlegion.schedule;

import org.jspecify.annotations.Nullable;

/// How a job stands: what is kept of its past, and when it is due.
///
/// @param dueMillis 0 = never
/// @param lastRunMillis 0 = not yet
/// @param runs that were begun, those of a heartbeat that found nothing among them
/// @param errors runs that failed
record Standing(
        long dueMillis,
        long lastRunMillis,
        long runs,
        long errors,
        @Nullable String lastError,
        Covered covered) {

    private static final int LONGEST_ERROR = 300;

    /// A job that is new.
    static Standing dueAt(long millis) {
        return new Standing(millis, 0, 0, 0, null, Covered.NOTHING);
    }

    /// Due at another moment.
    Standing due(long millis) {
        return new Standing(millis, lastRunMillis, runs, errors, lastError, covered);
    }

    /// With a new timetable, under which nothing has had its turn.
    Standing restarted(long due) {
        return new Standing(due, lastRunMillis, runs, errors, lastError, Covered.NOTHING);
    }

    /// A moment has had its turn.
    Standing passed(Covered nowCovered, long nextDue) {
        return new Standing(nextDue, lastRunMillis, runs, errors, lastError, nowCovered);
    }

    /// With the errors of another one: what was found out while this one was on its way to the database.
    Standing withErrorsOf(Standing other) {
        return new Standing(dueMillis, lastRunMillis, runs, other.errors, other.lastError, covered);
    }

    /// A run begins.
    Standing begun(long nowMillis) {
        return new Standing(dueMillis, nowMillis, runs + 1, errors, lastError, covered);
    }

    /// A run, or what leads to it, failed.
    Standing failed(String why) {
        String error = why.length() <= LONGEST_ERROR ? why : why.substring(0, LONGEST_ERROR);
        return new Standing(dueMillis, lastRunMillis, runs, errors + 1, error, covered);
    }
}
