package ai.openlegion.acl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A compiled pattern over a whole string: `*` any run (also across `/`), `?` one character, `[set]`, `[!set]`.
///
/// Case-sensitive, by Unicode code point, without escapes; in a set `]` stands first to be a member, and `a-z` is a
/// range.
public final class Glob {

    /* Matching remembers only the last `*`: when a later step fails, that star takes one character more. An earlier star
     * never needs to be tried again, since the leftmost place for each part leaves the most text for the rest. So the
     * work is at most text length times the longest part between two stars, whatever the pattern; there is no nesting
     * that could explode. */

    /// No pattern is longer; keys are no longer either.
    private static final int LONGEST = 512;

    private static final int ONE = -1;
    private static final int RUN = -2;
    private static final int FIRST_SET = -3;

    private final String pattern;
    private final int[] steps;
    private final CharacterSet[] sets;

    private Glob(String pattern, int[] steps, CharacterSet[] sets) {
        this.pattern = pattern;
        this.steps = steps;
        this.sets = sets;
    }

    /// What is wrong with a pattern, in one phrase; nothing when it can be compiled.
    public static Optional<String> flaw(String pattern) {
        try {
            var _ = compile(pattern);
            return Optional.empty();
        } catch (IllegalArgumentException flawed) {
            return Optional.ofNullable(flawed.getMessage());
        }
    }

    /// Compiles a pattern.
    ///
    /// @throws IllegalArgumentException when it has a [#flaw]
    public static Glob compile(String pattern) {
        if (pattern.length() > LONGEST) {
            throw new IllegalArgumentException("is longer than " + LONGEST + " characters");
        }
        int[] source = pattern.codePoints().toArray();
        int[] steps = new int[source.length];
        List<CharacterSet> sets = new ArrayList<>();
        int length = 0;
        int at = 0;
        while (at < source.length) {
            switch (source[at]) {
                case '*' -> {
                    if (length == 0 || steps[length - 1] != RUN) {
                        steps[length++] = RUN;
                    }
                    at++;
                }
                case '?' -> {
                    steps[length++] = ONE;
                    at++;
                }
                case '[' -> {
                    int end = CharacterSet.end(source, at);
                    steps[length++] = FIRST_SET - sets.size();
                    sets.add(CharacterSet.compile(source, at + 1, end));
                    at = end + 1;
                }
                default -> steps[length++] = source[at++]; // open: any other character stands for itself
            }
        }
        return new Glob(pattern, Arrays.copyOf(steps, length), sets.toArray(CharacterSet[]::new));
    }

    /// Whether the whole text matches, case-sensitively.
    public boolean matches(String text) {
        int step = 0;
        int at = 0;
        int afterRun = -1;
        int runEnd = 0;
        while (at < text.length()) {
            if (step < steps.length && steps[step] == RUN) {
                step++;
                if (step == steps.length) {
                    return true;
                }
                afterRun = step;
                runEnd = at;
                continue;
            }
            int character = text.codePointAt(at);
            if (step < steps.length && accepts(steps[step], character)) {
                step++;
                at += Character.charCount(character);
            } else if (afterRun >= 0) {
                runEnd += Character.charCount(text.codePointAt(runEnd));
                at = runEnd;
                step = afterRun;
            } else {
                return false;
            }
        }
        return step == steps.length || (step == steps.length - 1 && steps[step] == RUN);
    }

    /// Whether this pattern matches nothing but itself.
    boolean isLiteral() {
        for (int step : steps) {
            if (step < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return pattern;
    }

    private boolean accepts(int step, int character) {
        if (step >= 0) {
            return step == character;
        }
        return step == ONE || sets[FIRST_SET - step].contains(character);
    }

    /// A set of code points: ranges, or everything but them.
    private static final class CharacterSet {

        private final boolean negated;
        private final int[] firsts;
        private final int[] lasts;

        private CharacterSet(boolean negated, int[] firsts, int[] lasts) {
            this.negated = negated;
            this.firsts = firsts;
            this.lasts = lasts;
        }

        /// Where the set that opens here closes; a `]` right after `[` or `[!` is a member.
        static int end(int[] source, int open) {
            int at = open + 1;
            if (at < source.length && source[at] == '!') {
                at++;
            }
            at++;
            while (at < source.length && source[at] != ']') {
                at++;
            }
            if (at >= source.length) {
                throw new IllegalArgumentException("has a [ without its ]");
            }
            return at;
        }

        static CharacterSet compile(int[] source, int from, int to) {
            boolean negated = source[from] == '!';
            int at = negated ? from + 1 : from;
            int[] firsts = new int[to - at];
            int[] lasts = new int[to - at];
            int length = 0;
            while (at < to) {
                boolean range = at + 2 < to && source[at + 1] == '-';
                firsts[length] = source[at];
                lasts[length] = range ? source[at + 2] : source[at];
                if (firsts[length] > lasts[length]) {
                    throw new IllegalArgumentException("has a range in [ ] that runs backwards");
                }
                length++;
                at += range ? 3 : 1;
            }
            return new CharacterSet(negated, Arrays.copyOf(firsts, length), Arrays.copyOf(lasts, length));
        }

        boolean contains(int character) {
            for (int i = 0; i < firsts.length; i++) {
                if (character >= firsts[i] && character <= lasts[i]) {
                    return !negated;
                }
            }
            return negated;
        }
    }
}
