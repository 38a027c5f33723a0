package ai.openlegion.audit;

/// One decision: who did what to what, what was decided and why, and what it cost.
///
/// `actor` is an agent id, `operator` or `mesh`; `decision` is `allowed`, `denied`, `refused`, `settled`, `cut` and the
/// like; `costPico` is in pico-USD. Unknown ids are empty. Texts longer than [#TEXT_CHARS] are cut there, because they
/// may
/// come from outside and the log must stay bounded.
public record AuditEntry(
        long timeMillis,
        String actor,
        String action,
        String resource,
        String decision,
        String rule,
        long revision,
        String requestId,
        String upstreamRequestId,
        long costPico) {

    /// The longest text an entry keeps, in characters: a blackboard key may have as many.
    public static final int TEXT_CHARS = 512;

    public AuditEntry {
        actor = bounded(actor);
        action = bounded(action);
        resource = bounded(resource);
        decision = bounded(decision);
        rule = bounded(rule);
        requestId = bounded(requestId);
        upstreamRequestId = bounded(upstreamRequestId);
    }

    /// The same under a revision.
    AuditEntry under(long revision) {
        return new AuditEntry(
                timeMillis, actor, action, resource, decision, rule, revision, requestId, upstreamRequestId, costPico);
    }

    private static String bounded(String text) {
        return text.length() <= TEXT_CHARS ? text : text.substring(0, TEXT_CHARS);
    }
}
