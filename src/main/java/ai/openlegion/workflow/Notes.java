package ai.openlegion.workflow;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import java.time.InstantSource;

/// What the audit gets to know of runs.
///
/// @param audit takes the entries
/// @param clock says when
record Notes(AuditLog audit, InstantSource clock) {

    /// Whether anything can be recorded now; where not, nothing is decided.
    boolean isOpen() {
        return audit.accepting();
    }

    /// A decision on a run or a task.
    void note(String by, String action, String resource, String decision, String why) {
        rule(by, action, resource, decision, why, 0);
    }

    /// The end of a run, with what it cost.
    void cost(String by, String action, String resource, String decision, String why, long pico) {
        boolean _ = audit.offer(new AuditEntry(clock.millis(), by, action, resource, decision, why, 0, "", "", pico));
    }

    /// A decision of the policy.
    void rule(String by, String action, String resource, String decision, String rule, long revision) {
        boolean _ =
                audit.offer(new AuditEntry(clock.millis(), by, action, resource, decision, rule, revision, "", "", 0));
    }
}
