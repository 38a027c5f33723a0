package ai.openlegion.vault;

import ai.openlegion.vault.LeakForms.Form;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All forms of all longer credentials as one automaton (Aho and Corasick): a table look-up a byte of honest text,
/// however many there are.
final class LeakAutomaton {

    /* States are numbered level by level, so a state's children follow each other and the first states are the shallow
     * ones. Those have a row each, with a column for each byte that stands in a form (all others share column 0): honest
     * text hardly leaves them. A deeper state, of which a form has hundreds, has its few children and the state to go on
     * from where none fits, twelve bytes in all. */

    /// States at most so deep have a row.
    private static final int ROW_DEPTH = 2;

    /// Entries of all rows, 256 KiB of them: with more shallow states than fit the rest go without.
    private static final int MOST_ENTRIES = 1 << 16;

    private final byte[] columns = new byte[256];
    private final int width;
    private final int rows;
    private final int[] next;

    private int states = 1;
    private final byte[] labels;
    private final int[] children;
    private final int[] fallback;
    private final short[] pending;
    private final boolean[] whole;

    private LeakAutomaton(List<Form> forms) {
        Form[] sorted = forms.toArray(Form[]::new);
        Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes()));
        int most = 1;
        int alphabet = 1;
        for (Form form : sorted) {
            most += form.bytes().length;
            for (byte b : form.bytes()) {
                if (columns[b & 0xff] == 0) {
                    columns[b & 0xff] = (byte) alphabet++;
                }
            }
        }
        width = alphabet;
        byte[] label = new byte[most];
        int[] child = new int[most + 1];
        boolean[] isWhole = new boolean[most];
        int[] parent = new int[most];
        short[] depth = new short[most];
        boolean[] tells = new boolean[most];
        int[] first = new int[most];
        int[] last = new int[most];
        last[0] = sorted.length;
        for (int state = 0; state < states; state++) {
            child[state] = states;
            int at = first[state];
            while (at < last[state] && sorted[at].bytes().length == depth[state]) {
                isWhole[state] = true;
                at++;
            }
            while (at < last[state]) {
                byte b = sorted[at].bytes()[depth[state]];
                int made = states++;
                label[made] = b;
                parent[made] = state;
                depth[made] = (short) (depth[state] + 1);
                first[made] = at;
                while (at < last[state] && sorted[at].bytes()[depth[state]] == b) {
                    tells[made] |= depth[made] >= sorted[at].telling();
                    at++;
                }
                last[made] = at;
            }
        }
        child[states] = states;
        labels = Arrays.copyOf(label, states);
        children = Arrays.copyOf(child, states + 1);
        whole = Arrays.copyOf(isWhole, states);
        fallback = new int[states];
        pending = new short[states];
        int shallow = 0;
        while (shallow < states && depth[shallow] <= ROW_DEPTH && (shallow + 1) * width <= MOST_ENTRIES) {
            shallow++;
        }
        rows = shallow;
        next = new int[rows * width];
        for (int state = 0; state < states; state++) {
            if (parent[state] > 0) {
                fallback[state] = next(fallback[parent[state]], labels[state]);
            }
            whole[state] |= whole[fallback[state]];
            pending[state] = tells[state] ? depth[state] : pending[fallback[state]];
            if (state < rows) {
                fillRow(state);
            }
        }
    }

    /// The automaton of these; null when there are none.
    static @Nullable LeakAutomaton of(List<Form> forms) {
        return forms.isEmpty() ? null : new LeakAutomaton(forms);
    }

    int next(int state, byte value) {
        int at = state;
        while (at >= rows) {
            for (int child = children[at]; child < children[at + 1]; child++) {
                if (labels[child] == value) {
                    return child;
                }
            }
            at = fallback[at];
        }
        return next[at * width + (columns[value & 0xff] & 0xff)];
    }

    /// The state after a character that [JsonEscapes] has read.
    int nextCharacter(int state, int character) {
        int at = state;
        for (int i = 0; i < JsonEscapes.width(character); i++) {
            at = next(at, JsonEscapes.utf8(character, i));
        }
        return at;
    }

    /// How many of the last bytes begin a form and tell something of its value; 0 when none do.
    int pending(int state) {
        return pending[state];
    }

    boolean isWhole(int state) {
        return state >= rows && whole[state]; // no form is as short as a row's depth
    }

    /// Where no child fits, the longest suffix that begins a form takes over.
    private void fillRow(int state) {
        int row = state * width;
        if (state > 0) {
            System.arraycopy(next, fallback[state] * width, next, row, width);
        }
        for (int child = children[state]; child < children[state + 1]; child++) {
            next[row + (columns[labels[child] & 0xff] & 0xff)] = child;
        }
    }
}
