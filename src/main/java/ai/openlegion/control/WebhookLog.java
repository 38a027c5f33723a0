package ai.openlegion.control;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.fleet.FleetRegistry;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// The webhooks' part of the audit: each call that was signed, and how many that were not.
final class WebhookLog {

    private static final Logger LOG = System.getLogger("openlegion.control");

    /// How many kinds of denial are told apart between two ticks: anybody can think of paths.
    private static final int KINDS = 16;

    /// What a call that names no hook is told as: its name is whatever a stranger wants to read in the audit.
    private static final String UNKNOWN = "unknown hook";

    private static final Denial OTHER = new Denial("webhook", "several", "several reasons");

    private final AuditLog audit;
    private final FleetRegistry fleets;
    private final InstantSource clock;
    private final Map<Denial, Integer> denials = new LinkedHashMap<>();

    WebhookLog(AuditLog audit, FleetRegistry fleets, InstantSource clock) {
        this.audit = audit;
        this.fleets = fleets;
        this.clock = clock;
    }

    private record Denial(String action, String resource, String why) {}

    /// Whether a call can be recorded; without that it does nothing.
    boolean isAccepting() {
        return audit.accepting();
    }

    /// A call that was rightly signed, and what became of it.
    void record(RoutingContext context, String action, String resource, String decision) {
        offer(action, resource, decision, Answers.requestId(context.response()));
    }

    /// A call for which there is no hook.
    void unknown(String action) {
        denied(action, UNKNOWN, "no such hook");
    }

    /// A call to a hook that was not rightly signed.
    void denied(String action, String resource, String why) {
        Denial denial = new Denial(action, resource, why);
        boolean isNew = !denials.containsKey(denial);
        denials.merge(isNew && denials.size() >= KINDS ? OTHER : denial, 1, Integer::sum);
    }

    /// Records the denials since the last tick, one entry a kind: a flood of them cannot fill the audit.
    void onTick() {
        denials.forEach((denial, times) -> offer(
                denial.action,
                denial.resource,
                "denied: " + denial.why + (times == 1 ? "" : " (" + times + " calls)"),
                ""));
        denials.clear();
    }

    private void offer(String action, String resource, String decision, String requestId) {
        boolean taken = audit.offer(new AuditEntry(
                clock.millis(),
                "webhook",
                action,
                resource,
                decision,
                "signature",
                fleets.current().revision(),
                requestId,
                "",
                0));
        if (!taken) {
            LOG.log(Level.ERROR, "audit full action=" + action + " request_id=" + requestId);
        }
    }
}
