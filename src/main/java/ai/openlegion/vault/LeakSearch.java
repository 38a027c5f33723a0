package ai.openlegion.vault;

import ai.openlegion.vault.LeakForms.Form;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A search for all longer credentials at once, in every form, in bytes that leave.
final class LeakSearch {

    /* Boyer-Moore-Horspool for several values (Wu and Manber): a window as long as the shortest form slides over the
     * bytes, and its last three bytes say how far it may jump, since no form has these three nearer to the window's end.
     * Two bytes would not do: twenty values in base64 hold most of the pairs that honest text has. */

    /// Jumps fit a byte.
    private static final int WIDEST_WINDOW = 100;

    /// A hash of three bytes; what shares one only makes some jumps shorter.
    private static final int TRIPLES = 1 << 16;

    /// How much of a JSON string is read at once, in bytes.
    private static final int BLOCK = 16 * 1024;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long BACKSLASHES = '\\' * ONES;

    /// In the order of `ends`.
    private final byte[][] forms;

    /// For each form, the hash of the three bytes at the window's end.
    private final int[] ends;

    private final int window;
    private final int longest;
    private final byte[] jumps;

    LeakSearch(List<Form> wanted) {
        List<byte[]> texts = wanted.stream().map(Form::bytes).toList();
        int shortest = WIDEST_WINDOW;
        int most = 0;
        for (byte[] text : texts) {
            shortest = Math.min(shortest, text.length);
            most = Math.max(most, text.length);
        }
        window = shortest;
        longest = most;
        forms = texts.toArray(byte[][]::new);
        Arrays.sort(forms, Comparator.comparingInt(this::end));
        ends = Arrays.stream(forms).mapToInt(this::end).toArray();
        jumps = new byte[forms.length == 0 ? 0 : TRIPLES];
        Arrays.fill(jumps, (byte) (window - 2));
        for (byte[] form : forms) {
            for (int last = 2; last < window; last++) {
                int triple = triple(form, last);
                jumps[triple] = (byte) Math.min(jumps[triple], window - 1 - last);
            }
        }
    }

    /// Whether a form stands in these bytes, as it is or behind the escapes of a JSON string.
    boolean finds(byte[] bytes, int from, int to) {
        return forms.length > 0 && (findsPlain(bytes, from, to) || findsEscaped(bytes, from, to));
    }

    /// Whether one stands there as it is.
    private boolean findsPlain(byte[] bytes, int from, int to) {
        if (forms.length == 0) {
            return false;
        }
        int last = from + window - 1;
        while (last < to) {
            int triple = triple(bytes, last);
            int jump = jumps[triple];
            if (jump == 0) {
                if (anyAt(bytes, last - window + 1, to, triple)) {
                    return true;
                }
                jump = 1;
            }
            last += jump;
        }
        return false;
    }

    private boolean anyAt(byte[] bytes, int start, int to, int triple) {
        int found = Arrays.binarySearch(ends, triple);
        while (found > 0 && ends[found - 1] == triple) {
            found--;
        }
        for (int at = found; at >= 0 && at < ends.length && ends[at] == triple; at++) {
            byte[] form = forms[at];
            if (start + form.length <= to && Arrays.equals(bytes, start, start + form.length, form, 0, form.length)) {
                return true;
            }
        }
        return false;
    }

    /// Reads only the strings that have escapes; they begin at the quote before their first backslash.
    private boolean findsEscaped(byte[] bytes, int from, int to) {
        int done = from;
        int backslash = backslash(bytes, from, to);
        while (backslash < to) {
            int start = backslash;
            while (start > done && bytes[start - 1] != '"') {
                start--;
            }
            int end = backslash;
            while (end < to && bytes[end] != '"') {
                end += bytes[end] == '\\' ? 2 : 1;
            }
            done = Math.min(end, to);
            if (findsInString(bytes, start, done)) {
                return true;
            }
            backslash = backslash(bytes, done, to);
        }
        return false;
    }

    /// Searches a string for what its escapes stand for and, where that has escapes again, for what these stand for.
    private boolean findsInString(byte[] bytes, int from, int to) {
        if (to - from < window) {
            return false;
        }
        var text = new Block(Math.min(to - from, longest + BLOCK));
        var within = new Block(0);
        var escapes = new JsonEscapes();
        var again = new JsonEscapes();
        for (int at = from; at < to; at++) {
            int character = escapes.read(bytes[at]);
            for (int i = 0; character >= 0 && i < JsonEscapes.width(character); i++) {
                byte next = JsonEscapes.utf8(character, i);
                if (next == '\\' && within.said.length == 0) {
                    // only now and then; what came before is common to both
                    within = text.copy(to - at);
                }
                if (text.reads(next)) {
                    return true;
                }
                int inner = within.said.length == 0 ? -1 : again.read(next);
                for (int j = 0; inner >= 0 && j < JsonEscapes.width(inner); j++) {
                    if (within.reads(JsonEscapes.utf8(inner, j))) {
                        return true;
                    }
                }
            }
        }
        return text.ends() || within.ends();
    }

    /// Bytes to search, gathered until there are enough.
    private final class Block {
        private final byte[] said;
        private int length;

        Block(int size) {
            said = new byte[size];
        }

        /// The same bytes, with room for so many more.
        Block copy(int more) {
            var copy = new Block(Math.min(length + more, longest + BLOCK));
            System.arraycopy(said, 0, copy.said, 0, length);
            copy.length = length;
            return copy;
        }

        /// Takes one more; whether a form stands in those before it.
        boolean reads(byte next) {
            if (length == said.length) {
                if (findsPlain(said, 0, length)) {
                    return true;
                }
                System.arraycopy(said, length - longest, said, 0, longest);
                length = longest;
            }
            said[length++] = next;
            return false;
        }

        boolean ends() {
            return findsPlain(said, 0, length);
        }
    }

    /// The offset of the next backslash, or `to`; eight bytes at a time where none is among them.
    private static int backslash(byte[] bytes, int from, int to) {
        int at = from;
        while (at + 8 <= to) {
            long word = (long) LONGS.get(bytes, at) ^ BACKSLASHES;
            if (((word - ONES) & ~word & HIGH_BITS) != 0) {
                break;
            }
            at += 8;
        }
        while (at < to && bytes[at] != '\\') {
            at++;
        }
        return at;
    }

    private int end(byte[] form) {
        return triple(form, window - 1);
    }

    private static int triple(byte[] bytes, int last) {
        return ((bytes[last - 2] & 0xff) << 11 ^ (bytes[last - 1] & 0xff) << 5 ^ (bytes[last] & 0xff)) & (TRIPLES - 1);
    }
}
