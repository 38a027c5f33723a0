package ai.openlegion.audit;

import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import java.util.List;

/// The door of the audit: what it says on the bus.
public final class Audits {

    /// Entries have become durable, told once and in the order of their numbers. Delivery is best effort; who must not
    /// miss any reads [AuditPages] where the numbers leave a gap.
    public static final Topic<Written> RECORDED = Topic.node("audit.recorded", Written.class);

    private Audits() {}

    /// Entries that follow each other.
    ///
    /// @param firstSeq the number of the first; the first ever is 1
    public record Written(long firstSeq, List<AuditEntry> entries) implements Wire {
        public Written {
            entries = List.copyOf(entries);
        }
    }
}
