package ai.openlegion.control;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.fleet.FleetRegistry;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The operator's part of the audit: what the operator did, and who tried to be the operator.
final class OperatorLog {

    /// How long refused requests are counted before they become entries of the audit.
    static final long TICK_MILLIS = 250;

    private static final Logger LOG = System.getLogger("openlegion.control");

    private final AuditLog audit;
    private final FleetRegistry fleets;
    private final InstantSource clock;
    private int failedLogins;
    private int fromElsewhere;

    OperatorLog(AuditLog audit, FleetRegistry fleets, InstantSource clock) {
        this.audit = audit;
        this.fleets = fleets;
        this.clock = clock;
    }

    /// Does something that must be recorded, or refuses it while the audit takes nothing.
    Future<Answer> accountable(Supplier<Future<Answer>> act) {
        Answer refusal = refusal();
        return refusal == null ? act.get() : Future.succeededFuture(refusal);
    }

    /// Why nothing can be done now that must be recorded; null where it can.
    @Nullable
    Answer refusal() {
        return audit.accepting() ? null : Answer.refused(503, "the audit cannot record this now; see /healthz");
    }

    /// Records what the operator did under the current revision.
    void record(RoutingContext context, String action, String resource, String decision) {
        record(context, action, resource, decision, fleets.current().revision());
    }

    void record(RoutingContext context, String action, String resource, String decision, long revision) {
        String requestId = Answers.requestId(context.response());
        boolean taken = audit.offer(new AuditEntry(
                clock.millis(), "operator", action, resource, decision, "operator token", revision, requestId, "", 0));
        if (!taken) {
            LOG.log(Level.ERROR, "audit full action=" + action + " request_id=" + requestId);
        }
    }

    /// A request came without the operator's token.
    void loginFailed() {
        failedLogins++;
    }

    /// A request came with a foreign `Host` or `Origin`.
    void cameFromElsewhere() {
        fromElsewhere++;
    }

    /// Records what was kept out since the last tick as one entry a reason, so that a flood cannot fill the audit.
    void onTick() {
        if (failedLogins > 0) {
            keptOut(failedLogins + " requests without the operator's token", "operator token");
            failedLogins = 0;
        }
        if (fromElsewhere > 0) {
            keptOut(fromElsewhere + " requests with a foreign Host or Origin", "Host and Origin");
            fromElsewhere = 0;
        }
    }

    private void keptOut(String what, String rule) {
        var _ = audit.offer(new AuditEntry(
                clock.millis(),
                "unknown",
                "authenticate",
                "control listener",
                "denied: " + what,
                rule,
                fleets.current().revision(),
                "",
                "",
                0));
    }
}
