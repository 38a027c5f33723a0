package ai.openlegion.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The mistakes found so far in one reading of a home's configuration. Not thread-safe.
public final class Problems {

    /// Beyond this many, further mistakes are counted, not kept: a hostile file must not fill the memory.
    static final int MAX_KEPT = 1_000;

    private static final Comparator<Problem> IN_READING_ORDER =
            Comparator.comparing(Problem::file).thenComparingInt(Problem::line);

    private final List<Problem> kept = new ArrayList<>();
    private int dropped;

    /// Notes a mistake; line 0 means the file as a whole.
    public void add(String file, int line, String key, String message) {
        if (kept.size() < MAX_KEPT) {
            kept.add(new Problem(file, line, key, message));
        } else {
            dropped++;
        }
    }

    /// Whether any mistake was found.
    public boolean any() {
        return !kept.isEmpty();
    }

    /// Every mistake, by file and line; at most [#MAX_KEPT] and one more that says how many were left out.
    public List<Problem> list() {
        List<Problem> all = new ArrayList<>(kept);
        all.sort(IN_READING_ORDER);
        if (dropped > 0) {
            all.add(new Problem("config", 0, "", dropped + " more problems"));
        }
        return List.copyOf(all);
    }
}
