package ai.openlegion.fabric;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.identity.AgentId;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/// What agents were denied or refused on one event loop in the current second: the first are recorded each, the rest
/// is counted, so that an agent that knocks at every door cannot fill the disk.
final class Denials {

    /// Of an agent in a second, recorded in full: more than a client that errs needs, some megabytes an hour.
    static final int EACH = 20;

    static final String DENIED = "denied";
    static final String REFUSED = "refused";

    private final AuditLog audit;
    private final InstantSource clock;
    private final Map<AgentId, Integer> recorded = new HashMap<>();
    private final Map<Rest, Integer> rest = new HashMap<>();

    private record Rest(AgentId agent, String action, String decision) {}

    Denials(AuditLog audit, InstantSource clock) {
        this.audit = audit;
        this.clock = clock;
    }

    /// Records it, or counts it for the end of the second.
    ///
    /// @param decision [#DENIED] or [#REFUSED], with which the entry's own begins
    void record(AgentId agent, String decision, AuditEntry entry) {
        if (recorded.merge(agent, 1, Integer::sum) > EACH || !audit.offer(entry)) {
            rest.merge(new Rest(agent, entry.action(), decision), 1, Integer::sum);
        }
    }

    /// The second is over: the rest becomes one entry an agent and action. What the audit has no room for now stays.
    void onSecond(long revision) {
        recorded.clear();
        rest.entrySet().removeIf(counted -> audit.offer(entry(counted.getKey(), counted.getValue(), revision)));
    }

    private AuditEntry entry(Rest rest, int count, long revision) {
        return new AuditEntry(
                clock.millis(),
                rest.agent().value(),
                rest.action(),
                "",
                rest.decision() + ": " + count + " further requests",
                "",
                revision,
                "",
                "",
                0);
    }
}
