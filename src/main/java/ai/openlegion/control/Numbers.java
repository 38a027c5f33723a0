package ai.openlegion.control;

import java.util.OptionalLong;

/// Whole numbers in a path or query: decimal digits and nothing else.
final class Numbers {

    private static final int MAX_DIGITS = 19;

    private Numbers() {}

    /// The number, or nothing where the text is none between the two bounds.
    static OptionalLong parse(String text, long least, long most) {
        boolean digits =
                !text.isEmpty() && text.length() <= MAX_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits) {
            return OptionalLong.empty();
        }
        try {
            long number = Long.parseLong(text);
            return number >= least && number <= most ? OptionalLong.of(number) : OptionalLong.empty();
        } catch (NumberFormatException tooLarge) {
            return OptionalLong.empty();
        }
    }
}
