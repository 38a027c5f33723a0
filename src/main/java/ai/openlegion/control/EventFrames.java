package ai.openlegion.control;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Audits;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Entries that have just become durable, each encoded at most once, however many readers get it.
final class EventFrames {

    private final long firstSeq;
    private final List<AuditEntry> entries;
    private final @Nullable Buffer[] frames;

    EventFrames(Audits.Written written) {
        firstSeq = written.firstSeq();
        entries = written.entries();
        frames = new Buffer[entries.size()];
    }

    long firstSeq() {
        return firstSeq;
    }

    long lastSeq() {
        return firstSeq + entries.size() - 1;
    }

    AuditEntry entry(long seq) {
        return entries.get(Math.toIntExact(seq - firstSeq));
    }

    Buffer frame(long seq) {
        int place = Math.toIntExact(seq - firstSeq);
        Buffer frame = frames[place];
        if (frame == null) {
            frame = EventFrame.of(seq, entries.get(place));
            frames[place] = frame;
        }
        return frame;
    }
}
