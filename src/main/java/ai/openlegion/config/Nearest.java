package ai.openlegion.config;

import java.util.Collection;
import java.util.Optional;

/// The valid word that a mistyped one most likely meant.
final class Nearest {

    private static final int LONGEST = 128;

    private Nearest() {}

    /// The closest candidate by edits and swaps, if it is close enough to be meant.
    static Optional<String> to(String word, Collection<String> candidates) {
        String best = null;
        int bestDistance = Math.max(2, Math.min(word.length(), LONGEST) / 3) + 1;
        for (String candidate : candidates) {
            if (word.length() > LONGEST || Math.abs(candidate.length() - word.length()) >= bestDistance) {
                continue;
            }
            int distance = distance(word, candidate);
            if (distance < bestDistance && distance < candidate.length()) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    /// `; did you mean daily_usd?`, or nothing.
    static String hint(String word, Collection<String> candidates) {
        return to(word, candidates).map(near -> "; did you mean " + near + "?").orElse("");
    }

    /* Optimal string alignment: insert, delete, replace and swapping two neighbours cost 1 each. */
    private static int distance(String a, String b) {
        int[][] rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                rows[i][j] = i == 0 ? j : j == 0 ? i : cheapest(rows, a, b, i, j);
            }
        }
        return rows[a.length()][b.length()];
    }

    private static int cheapest(int[][] rows, String a, String b, int i, int j) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int cost = Math.min(rows[i - 1][j], rows[i][j - 1]) + 1;
        cost = Math.min(cost, rows[i - 1][j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
            cost = Math.min(cost, rows[i - 2][j - 2] + 1);
        }
        return cost;
    }
}
