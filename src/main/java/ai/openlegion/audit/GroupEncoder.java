package ai.openlegion.audit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes groups of entries: chains them and packs them into the bytes of a row.
///
/// For one thread.
final class GroupEncoder {

    /*
     * packed(i) = format (1 byte) ‖ timeMillis ‖ actor ‖ action ‖ resource ‖ decision ‖ rule ‖ revision
     *             ‖ requestId ‖ upstreamRequestId ‖ costPico ‖ mark, the first 8 bytes of hash(i)
     * Numbers are 8 bytes, big-endian; the entry's own is counted from the row's first_seq. A text begins with 2 bytes,
     * big-endian: below 0x8000 its length in UTF-8, which follows; from there on 0x8000 plus the place, counted from 0,
     * of an equal text among the non-empty actors, actions, resources, decisions and rules that are written out before
     * it in the row. That halves a row: those texts are few. The marks let a check name the entry that was altered.
     */
    static final int REFERENCE = 0x8000;
    static final int MARK_BYTES = Long.BYTES;

    private final Chain chain = new Chain();
    private final Bytes row = new Bytes();
    private final Map<String, Known> known = new HashMap<>();
    private final byte[][] texts = new byte[Chain.TEXTS][];

    /// The entries as the group that follows the given place.
    AuditGroup encode(Tail previous, List<AuditEntry> entries) {
        chain.start(previous);
        row.clear();
        known.clear();
        List<Tail> marks = new ArrayList<>();
        long oldestMillis = Long.MAX_VALUE;
        for (AuditEntry entry : entries) {
            row.addByte(Chain.FORMAT);
            row.addLong(entry.timeMillis());
            texts[0] = shared(entry.actor());
            texts[1] = shared(entry.action());
            texts[2] = shared(entry.resource());
            texts[3] = shared(entry.decision());
            texts[4] = shared(entry.rule());
            row.addLong(entry.revision());
            texts[5] = written(entry.requestId());
            texts[6] = written(entry.upstreamRequestId());
            row.addLong(entry.costPico());
            chain.link(entry, texts);
            row.addLong(chain.mark());
            oldestMillis = Math.min(oldestMillis, entry.timeMillis());
            if (chain.seq() % Chain.SIGNED_EVERY == 0) {
                marks.add(chain.place());
            }
        }
        return new AuditGroup(previous, chain.place(), marks, oldestMillis, row.copy());
    }

    private byte[] shared(String text) {
        Known before = known.get(text);
        if (before != null) {
            row.addShort(REFERENCE + before.place);
            return before.utf8;
        }
        byte[] utf8 = written(text);
        if (utf8.length > 0 && known.size() < REFERENCE) {
            known.put(text, new Known(known.size(), utf8));
        }
        return utf8;
    }

    private byte[] written(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        row.addShort(utf8.length);
        row.add(utf8);
        return utf8;
    }

    private static final class Known {
        final int place;
        final byte[] utf8;

        Known(int place, byte[] utf8) {
            this.place = place;
            this.utf8 = utf8;
        }
    }
}
