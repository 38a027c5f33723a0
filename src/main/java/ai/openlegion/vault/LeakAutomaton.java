package ai.openlegion.vault;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All longer credentials as one automaton (Aho and Corasick): a table look-up a byte, however many there are.
final class LeakAutomaton {

    /* A row a state, a column a class of bytes. Bytes that stand in no value share column 0, so a row is as wide as the
     * values' alphabet, some seventy. */
    private final byte[] columns = new byte[256];
    private final int width;
    private final int[] next;
    private final int[] depths;
    private final boolean[] whole;

    private LeakAutomaton(List<byte[]> values) {
        int states = 1;
        int alphabet = 1;
        for (byte[] value : values) {
            states += value.length;
            for (byte b : value) {
                if (columns[b & 0xff] == 0) {
                    columns[b & 0xff] = (byte) alphabet++;
                }
            }
        }
        width = alphabet;
        next = new int[states * width];
        depths = new int[states];
        whole = new boolean[states];
        follow(build(values));
    }

    /// The automaton of the values of 12 characters or more; null when there are none.
    static @Nullable LeakAutomaton of(Collection<Secret> secrets) {
        List<byte[]> values = secrets.stream()
                .map(Secret::reveal)
                .filter(value -> value.length() >= LeakSearch.SHORTEST)
                .distinct()
                .map(value -> value.getBytes(StandardCharsets.UTF_8))
                .toList();
        return values.isEmpty() ? null : new LeakAutomaton(values);
    }

    int next(int state, int value) {
        return next[state * width + (columns[value & 0xff] & 0xff)];
    }

    int depth(int state) {
        return depths[state];
    }

    boolean isWhole(int state) {
        return whole[state];
    }

    /// Puts each value's path into the table, with -1 where no path leads on, and returns how many states there are.
    private int build(List<byte[]> values) {
        Arrays.fill(next, -1);
        int states = 1;
        for (byte[] value : values) {
            int state = 0;
            for (byte b : value) {
                int at = state * width + (columns[b & 0xff] & 0xff);
                if (next[at] < 0) {
                    depths[states] = depths[state] + 1;
                    next[at] = states++;
                }
                state = next[at];
            }
            whole[state] = true;
        }
        return states;
    }

    /// Fills the gaps: where no path leads on, the longest suffix that begins a value takes over.
    private void follow(int states) {
        int[] fallback = new int[states];
        Deque<Integer> open = new ArrayDeque<>();
        open.add(0);
        while (!open.isEmpty()) {
            int state = open.remove();
            for (int column = 0; column < width; column++) {
                int at = state * width + column;
                int behind = state == 0 ? 0 : next[fallback[state] * width + column];
                if (next[at] < 0) {
                    next[at] = behind;
                } else {
                    fallback[next[at]] = behind;
                    whole[next[at]] |= whole[behind];
                    open.add(next[at]);
                }
            }
        }
    }
}
