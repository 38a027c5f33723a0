package ai.openlegion.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// The spans of time whose moments have had their turn, so that a clock that goes back brings none of them again.
///
/// While time goes evenly there is one span, which grows. Where the clock jumps ahead a new one begins: what lies
/// between is not covered, and still gets its turn when the jump was an error and is taken back.
///
/// @param spans the one that grew last stands last
record Covered(List<Span> spans) {

    /// So many jumps are remembered; beyond, the one longest ago is forgotten.
    private static final int SPANS_MAX = 8;

    static final Covered NOTHING = new Covered(List.of());

    /// From one moment to another, in milliseconds, both included.
    record Span(long from, long to) {

        boolean holds(long moment) {
            return from <= moment && moment <= to;
        }
    }

    Covered {
        spans = List.copyOf(spans);
    }

    /// The first moment after this one that is not covered.
    ///
    /// @param next the timetable: the first moment after another one; 0 = none
    long firstAfter(long moment, LongUnaryOperator next) {
        long found = next.applyAsLong(moment);
        for (int jumps = 0; jumps <= spans.size() && found != 0; jumps++) {
            long candidate = found;
            long end = spans.stream()
                    .filter(span -> span.holds(candidate))
                    .mapToLong(Span::to)
                    .max()
                    .orElse(Long.MIN_VALUE);
            if (end == Long.MIN_VALUE) {
                return candidate;
            }
            found = next.applyAsLong(end);
        }
        return found;
    }

    /// With one moment more, which joins the span that it follows.
    Covered with(long moment, LongUnaryOperator next) {
        List<Span> grown = new ArrayList<>(spans);
        Span joined = new Span(moment, moment);
        for (Span span : spans) {
            if (firstAfter(span.to(), next) == moment) {
                joined = new Span(Math.min(joined.from(), span.from()), moment);
                grown.remove(span);
            }
        }
        Span whole = joined;
        grown.removeIf(span -> whole.holds(span.from()) && whole.holds(span.to()));
        grown.add(whole);
        return new Covered(grown.size() > SPANS_MAX ? grown.subList(1, grown.size()) : grown);
    }

    /// As it is stored: `from-to`, separated by commas.
    String text() {
        List<String> parts =
                spans.stream().map(span -> span.from() + "-" + span.to()).toList();
        return String.join(",", parts);
    }

    /// What [#text] made. Throws a [NumberFormatException] for anything else.
    static Covered parse(String text) {
        List<Span> spans = new ArrayList<>();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", SPANS_MAX + 1)) {
            int dash = part.indexOf('-', 1);
            spans.add(new Span(
                    Long.parseLong(part.substring(0, Math.max(dash, 0))), Long.parseLong(part.substring(dash + 1))));
        }
        return new Covered(spans);
    }
}
