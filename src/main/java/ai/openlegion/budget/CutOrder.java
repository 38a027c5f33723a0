package ai.openlegion.budget;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Which running calls go when a limit is lowered under them: the newest first, until the others fit.
final class CutOrder {

    static final Comparator<Hold> NEWEST_FIRST =
            Comparator.comparingLong(Hold::id).reversed();

    private final Map<Tally, Long> over = new HashMap<>();
    private final Function<Hold, Tally> day;
    private final Function<Hold, Tally> month;

    private CutOrder(Function<Hold, Tally> day, Function<Hold, Tally> month) {
        this.day = day;
        this.month = month;
    }

    /// Marks and answers with the holds to cut. Each counts in the windows it was taken in, also when these have
    /// ended; those that were cut before no longer count and are left out.
    static List<Hold> agent(List<Hold> newestFirst, Limits limits) {
        return new CutOrder(hold -> hold.row.day(), hold -> hold.row.month).cut(newestFirst, limits);
    }

    /// The same for the fleet's limits and everybody's holds.
    static List<Hold> fleet(List<Hold> newestFirst, Limits limits) {
        return new CutOrder(hold -> hold.row.fleetDay, hold -> hold.row.fleetMonth).cut(newestFirst, limits);
    }

    private List<Hold> cut(List<Hold> newestFirst, Limits limits) {
        for (Hold hold : newestFirst) {
            over.putIfAbsent(day.apply(hold), day.apply(hold).used() - limits.dailyPico());
            over.putIfAbsent(month.apply(hold), month.apply(hold).used() - limits.monthlyPico());
            if (hold.cut()) {
                takeOff(hold);
            }
        }
        List<Hold> result = new ArrayList<>();
        for (Hold hold : newestFirst) {
            if (!hold.cut() && (isOver(day.apply(hold)) || isOver(month.apply(hold)))) {
                hold.markCut();
                takeOff(hold);
                result.add(hold);
            }
        }
        return result;
    }

    private boolean isOver(Tally tally) {
        return over.getOrDefault(tally, 0L) > 0;
    }

    private void takeOff(Hold hold) {
        over.merge(day.apply(hold), -hold.pico(), Math::addExact);
        over.merge(month.apply(hold), -hold.pico(), Math::addExact);
    }
}
