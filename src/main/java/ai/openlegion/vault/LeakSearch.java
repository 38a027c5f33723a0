package ai.openlegion.vault;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/// A search for all longer credentials at once in bytes that leave.
final class LeakSearch {

    /* Boyer-Moore-Horspool for several values (Wu and Manber): a window as long as the shortest value slides over the
     * bytes, and its last two bytes say how far it may jump, since no value has that pair nearer to the window's end.
     * Text without a value is read at about one place in ten. */

    /// The shortest value looked for; shorter ones would be found by chance.
    static final int SHORTEST = 12;

    /// Jumps fit a byte.
    private static final int WIDEST_WINDOW = 100;

    private static final int PAIRS = 1 << 12;

    private final byte[][] values;
    private final int window;
    private final byte[] jumps = new byte[PAIRS];

    LeakSearch(Collection<Secret> secrets) {
        values = secrets.stream()
                .map(Secret::reveal)
                .filter(value -> value.length() >= SHORTEST)
                .distinct()
                .map(value -> value.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        int shortestLength = WIDEST_WINDOW;
        for (byte[] value : values) {
            shortestLength = Math.min(shortestLength, value.length);
        }
        window = shortestLength;
        Arrays.fill(jumps, (byte) (window - 1));
        for (byte[] value : values) {
            for (int last = 1; last < window; last++) {
                int pair = pair(value[last - 1], value[last]);
                jumps[pair] = (byte) Math.min(jumps[pair], window - 1 - last);
            }
        }
    }

    boolean finds(byte[] bytes, int from, int to) {
        if (values.length == 0) {
            return false;
        }
        int end = from + window;
        while (end <= to) {
            int jump = jumps[pair(bytes[end - 2], bytes[end - 1])];
            if (jump == 0) {
                if (anyAt(bytes, end - window, to)) {
                    return true;
                }
                jump = 1;
            }
            end += jump;
        }
        return false;
    }

    private boolean anyAt(byte[] bytes, int start, int to) {
        for (byte[] value : values) {
            if (start + value.length <= to
                    && bytes[start] == value[0]
                    && Arrays.equals(bytes, start, start + value.length, value, 0, value.length)) {
                return true;
            }
        }
        return false;
    }

    private static int pair(byte first, byte second) {
        return ((first & 0xff) << 4 ^ (second & 0xff)) & (PAIRS - 1);
    }
}
