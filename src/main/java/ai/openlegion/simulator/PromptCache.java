package ai.openlegion.simulator;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The prompts' beginnings that clients had marked for the cache, remembered as a provider would.
///
/// Safe for any thread.
final class PromptCache {

    private static final int PREFIXES_MAX = 4096;

    private final Map<String, Boolean> known = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > PREFIXES_MAX;
        }
    };

    /// What one request reads and writes.
    ///
    /// @param places where its blocks end, in the order of the prompt
    synchronized Use use(String key, List<Place> places) {
        List<Place> marks = places.stream().filter(Place::marked).toList();
        if (marks.isEmpty()) {
            return Use.NONE;
        }
        long read = 0;
        for (Place place : places.subList(0, places.indexOf(marks.getLast()) + 1)) {
            if (known.containsKey(key + place.digest())) {
                read = place.tokens();
            }
        }
        long reached = read;
        long minutes = 0;
        long hour = 0;
        for (Place mark : marks) {
            long more = Math.max(0, mark.tokens() - reached);
            reached += more;
            minutes += mark.hour() ? 0 : more;
            hour += mark.hour() ? more : 0;
            known.put(key + mark.digest(), true);
        }
        return new Use(read, minutes, hour);
    }

    synchronized void clear() {
        known.clear();
    }

    /// A place up to which a prompt may have been cached.
    ///
    /// @param digest of everything before it
    /// @param tokens before it
    /// @param marked whether it shall be cached now
    /// @param hour whether for an hour, else for five minutes
    record Place(String digest, long tokens, boolean marked, boolean hour) {}

    /// Tokens of one prompt.
    record Use(long read, long writtenForMinutes, long writtenForHour) {

        static final Use NONE = new Use(0, 0, 0);

        long written() {
            return writtenForMinutes + writtenForHour;
        }
    }
}
