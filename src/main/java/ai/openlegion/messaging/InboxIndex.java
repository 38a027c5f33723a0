package ai.openlegion.messaging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The order of one agent's inbox: which item stands at which place. It knows rows and sizes, not what items say.
///
/// Items are appended before they are durable and shown only when they are. Places grow by one each; in the arrays they
/// stand in order, and an item that went leaves a gap until the arrays are packed.
final class InboxIndex {

    /// The most bytes of one answer, as long as it is more than one item: what a reader's socket takes at a time.
    static final long ANSWER_BYTES = 1 << 20;

    private static final int SMALLEST = 16;
    private static final int SHRINK_FROM = 1024;

    private long[] seqs = new long[SMALLEST];
    private @Nullable Entry[] entries = new Entry[SMALLEST];
    private boolean[] pushed = new boolean[SMALLEST];
    private int head;
    private int end;

    private int items;
    private long bytes;
    private int reminders;
    private int pushedItems;
    private long pushedBytes;
    private long soonestExpiry = Long.MAX_VALUE;

    /// What the mark it began with says of items that were not pushed.
    private final Set<Long> keptBefore;

    private long acked;
    private long gone;
    private long pushedUpTo;
    private long durable;
    private long last;

    InboxIndex(Mark mark) {
        acked = mark.acked();
        gone = Math.max(mark.last(), acked);
        pushedUpTo = mark.pushed();
        keptBefore = mark.kept();
        durable = gone;
        last = gone;
    }

    int items() {
        return items;
    }

    long bytes() {
        return bytes;
    }

    int reminders() {
        return reminders;
    }

    long acked() {
        return acked;
    }

    long pushedUpTo() {
        return pushedUpTo;
    }

    /// The place of the last item that readers may see.
    long durable() {
        return durable;
    }

    /// The place of the last item given out, durable or on its way.
    long last() {
        return last;
    }

    /// How it is to be stored. Of gaps only those count whose items were durable.
    Mark mark() {
        return new Mark(acked, gone, pushedUpTo, kept());
    }

    /// Puts an item at the end, invisible until [#commit]; answers with its place.
    long append(Entry entry) {
        last++;
        put(last, entry, false);
        return last;
    }

    /// Puts a stored item where it was, unless it was acknowledged; places come in order.
    boolean restore(long seq, Entry entry) {
        if (seq <= acked) {
            return false;
        }
        put(seq, entry, seq <= pushedUpTo && !keptBefore.contains(seq));
        last = Math.max(last, seq);
        durable = last;
        return true;
    }

    /// Everything up to this place is durable now.
    void commit(long seq) {
        durable = Math.max(durable, seq);
    }

    /// Where a reader stands that asks for what is behind `after`; below 0 is behind what was acknowledged. Beyond the
    /// end it stands at the end: in a home restored from a copy it would else wait for places yet to come.
    long stand(long after) {
        return Math.min(Math.max(after, acked), durable);
    }

    /// The items behind a place, as many as one answer takes.
    List<Place> after(long seq, int limit, long now) {
        List<Place> found = new ArrayList<>();
        long size = 0;
        for (int at = firstAfter(seq); at < end && found.size() < limit && seqs[at] <= durable; at++) {
            Entry entry = entries[at];
            if (entry == null || entry.expiresMillis <= now) {
                continue;
            }
            size += entry.bytes;
            if (size > ANSWER_BYTES && !found.isEmpty()) {
                break;
            }
            found.add(new Place(seqs[at], entry.row, entry.content));
        }
        return found;
    }

    /// Removes everything up to a place, which must be durable; answers with what was there.
    List<Entry> ack(long upTo) {
        List<Entry> dropped = new ArrayList<>();
        for (int at = head; at < end && seqs[at] <= upTo; at++) {
            drop(at, dropped);
        }
        acked = Math.max(acked, upTo);
        gone = Math.max(gone, acked);
        settle();
        return dropped;
    }

    /// Removes what is durable and has expired.
    List<Entry> expire(long now) {
        if (now < soonestExpiry) {
            return List.of();
        }
        List<Entry> dropped = new ArrayList<>();
        soonestExpiry = Long.MAX_VALUE;
        for (int at = head; at < end; at++) {
            Entry entry = entries[at];
            if (entry == null) {
                continue;
            }
            if (entry.expiresMillis <= now && seqs[at] <= durable) {
                drop(at, dropped);
            } else {
                soonestExpiry = Math.min(soonestExpiry, entry.expiresMillis);
            }
        }
        settle();
        return dropped;
    }

    /// Whether another item of that size fits, if need be in place of items that were pushed; those are removed, oldest
    /// first, into `dropped`.
    boolean makeRoom(int size, InboxLimits limits, List<Entry> dropped) {
        if (items - pushedItems >= limits.items() || bytes - pushedBytes + size > limits.bytes()) {
            return false;
        }
        for (int at = head; at < end && (items >= limits.items() || bytes + size > limits.bytes()); at++) {
            if (pushed[at]) {
                drop(at, dropped);
            }
        }
        settle();
        return true;
    }

    /// Notes that the item at a place was pushed.
    void push(long seq) {
        int at = firstAfter(seq - 1);
        Entry entry = at < end && seqs[at] == seq && seq <= durable ? entries[at] : null;
        if (entry != null && !pushed[at]) {
            pushed[at] = true;
            pushedItems++;
            pushedBytes += entry.bytes;
        }
        pushedUpTo = Math.max(pushedUpTo, Math.min(seq, durable));
    }

    /// Removes everything; nothing of it is ever shown.
    List<Entry> clear() {
        durable = last;
        return ack(last);
    }

    private Set<Long> kept() {
        if (pushedUpTo <= acked) {
            return Set.of();
        }
        Set<Long> kept = new LinkedHashSet<>();
        for (int at = head; at < end && seqs[at] <= pushedUpTo; at++) {
            if (entries[at] != null && !pushed[at]) {
                kept.add(seqs[at]);
            }
        }
        return kept;
    }

    private void put(long seq, Entry entry, boolean wasPushed) {
        if (end == seqs.length) {
            pack(items >= seqs.length / 2 ? seqs.length * 2 : seqs.length);
        }
        seqs[end] = seq;
        entries[end] = entry;
        pushed[end] = wasPushed;
        end++;
        items++;
        bytes += entry.bytes;
        reminders += entry.reminder ? 1 : 0;
        pushedItems += wasPushed ? 1 : 0;
        pushedBytes += wasPushed ? entry.bytes : 0;
        soonestExpiry = Math.min(soonestExpiry, entry.expiresMillis);
    }

    private void drop(int at, List<Entry> dropped) {
        Entry entry = entries[at];
        if (entry == null) {
            return;
        }
        entries[at] = null;
        items--;
        bytes -= entry.bytes;
        reminders -= entry.reminder ? 1 : 0;
        pushedItems -= pushed[at] ? 1 : 0;
        pushedBytes -= pushed[at] ? entry.bytes : 0;
        pushed[at] = false;
        gone = Math.max(gone, seqs[at]);
        dropped.add(entry);
    }

    private void settle() {
        while (head < end && entries[head] == null) {
            head++;
        }
        if (seqs.length >= SHRINK_FROM && items < seqs.length / 8) {
            pack(seqs.length / 4);
        }
    }

    private void pack(int size) {
        long[] newSeqs = new long[size];
        @Nullable Entry[] newEntries = new Entry[size];
        boolean[] newPushed = new boolean[size];
        int to = 0;
        for (int at = head; at < end; at++) {
            if (entries[at] != null) {
                newSeqs[to] = seqs[at];
                newEntries[to] = entries[at];
                newPushed[to] = pushed[at];
                to++;
            }
        }
        seqs = newSeqs;
        entries = newEntries;
        pushed = newPushed;
        head = 0;
        end = to;
    }

    private int firstAfter(long seq) {
        if (head == end || seqs[head] > seq) {
            return head;
        }
        int found = Arrays.binarySearch(seqs, head, end, seq + 1);
        return found >= 0 ? found : -found - 1;
    }
}
