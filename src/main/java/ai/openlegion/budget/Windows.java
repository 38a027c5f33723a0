package ai.openlegion.budget;

/// The current UTC day and month, and the fleet's tallies in them. Guarded by the ledger's lock.
///
/// Time only goes forward here: when the clock goes back, the windows stay, so that none is ever opened again.
final class Windows {

    private long day;
    private long endOfDayMillis;
    private long firstOfMonth;
    private long firstOfNextMonth;
    private Tally fleetDay = new Tally();
    private Tally fleetMonth = new Tally();

    Windows(long day) {
        enter(day);
    }

    /// Moves on to the day that holds this instant, if it is a later one.
    void roll(long nowMillis) {
        if (nowMillis >= endOfDayMillis) {
            enter(Utc.dayOf(nowMillis));
        }
    }

    long day() {
        return day;
    }

    long firstOfMonth() {
        return firstOfMonth;
    }

    Tally fleetDay() {
        return fleetDay;
    }

    Tally fleetMonth() {
        return fleetMonth;
    }

    long dayEndsMillis() {
        return endOfDayMillis;
    }

    long monthEndsMillis() {
        return Utc.startMillis(firstOfNextMonth);
    }

    /// The money left under both of the fleet's limits; negative when one is exceeded.
    long available(Limits limits) {
        return Math.min(fleetDay.available(limits.dailyPico()), fleetMonth.available(limits.monthlyPico()));
    }

    private void enter(long newDay) {
        if (newDay >= firstOfNextMonth || firstOfNextMonth == 0) {
            firstOfMonth = Utc.firstOfMonth(newDay);
            firstOfNextMonth = Utc.firstOfNextMonth(newDay);
            fleetMonth = new Tally();
        }
        day = newDay;
        endOfDayMillis = Utc.startMillis(newDay + 1);
        fleetDay = new Tally();
    }
}
