package ai.openlegion.blackboard;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Keys from one on up to, not including, another, in the order of their code points, which is the store's.
record KeyRange(String from, String to) {

    static final Comparator<String> ORDER = (left, right) ->
            Arrays.compareUnsigned(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));

    /// Behind every key: none is that long.
    private static final String END =
            Character.toString(Character.MAX_CODE_POINT).repeat(BlackboardKey.MAX_CHARS);

    /// Right behind a key: no key holds a control character, so none lies between.
    private static final String NEXT = "\u0001";

    /// The keys that begin with these characters.
    static KeyRange startingWith(String prefix) {
        int[] end = prefix.codePoints().toArray();
        for (int last = end.length - 1; last >= 0; last--) {
            if (end[last] < Character.MAX_CODE_POINT) {
                end[last] = end[last] == Character.MIN_SURROGATE - 1 ? Character.MAX_SURROGATE + 1 : end[last] + 1;
                return new KeyRange(prefix, new String(end, 0, last + 1));
            }
        }
        return new KeyRange(prefix, END);
    }

    /// The keys that a glob could match, judged by the characters before its first metacharacter.
    static KeyRange of(String glob) {
        for (int at = 0; at < glob.length(); at++) {
            char c = glob.charAt(at);
            if (c == '*' || c == '?' || c == '[') {
                return startingWith(glob.substring(0, at));
            }
        }
        return new KeyRange(glob, glob + NEXT);
    }

    /// This range without the keys up to and including one.
    KeyRange after(String key) {
        String next = key + NEXT;
        return ORDER.compare(next, from) > 0 ? new KeyRange(next, to) : this;
    }

    /// What both ranges hold.
    Optional<KeyRange> and(KeyRange other) {
        String first = ORDER.compare(from, other.from) >= 0 ? from : other.from;
        String end = ORDER.compare(to, other.to) <= 0 ? to : other.to;
        return ORDER.compare(first, end) < 0 ? Optional.of(new KeyRange(first, end)) : Optional.empty();
    }

    /// The same keys in order, each once.
    static List<KeyRange> merged(Collection<KeyRange> ranges) {
        List<KeyRange> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparing(KeyRange::from, ORDER));
        List<KeyRange> merged = new ArrayList<>();
        for (KeyRange range : sorted) {
            KeyRange last = merged.isEmpty() ? null : merged.getLast();
            if (last == null || ORDER.compare(range.from, last.to) > 0) {
                merged.add(range);
            } else if (ORDER.compare(range.to, last.to) > 0) {
                merged.set(merged.size() - 1, new KeyRange(last.from, range.to));
            }
        }
        return merged;
    }
}
