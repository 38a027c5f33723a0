package ai.openlegion.fabric;

/// The generic cell rate algorithm for one rate, as arithmetic on one number: the time at which the agent would be even
/// with its rate. So many requests as the rate has in a minute may come at once, and never more in any minute than
/// twice
/// that.
///
/// @param intervalNanos between two requests at the rate
record Gcra(long intervalNanos) {

    private static final long PERIOD_NANOS = 60_000_000_000L;

    /// What one reading of a clock may be behind another: event loops read it at different moments, and it is corrected
    /// by small steps.
    private static final long UNEVEN_NANOS = 5_000_000_000L;

    static Gcra perMinute(int limit) {
        return new Gcra(Math.max(1, PERIOD_NANOS / limit));
    }

    /// Decides a request.
    ///
    /// @param even the number kept from the last request that was let through; 0 for none
    /// @param now in nanoseconds, on any clock that is positive
    /// @return the number to keep; or, below 0, that it is refused, and minus the nanoseconds until one would pass
    long next(long even, long now) {
        // so far ahead it cannot be but by a clock that was set back, which must not lock anybody out
        long from = even > now + PERIOD_NANOS + UNEVEN_NANOS ? now : Math.max(even, now);
        long ahead = from + intervalNanos - now;
        return ahead <= PERIOD_NANOS ? now + ahead : PERIOD_NANOS - ahead;
    }
}
