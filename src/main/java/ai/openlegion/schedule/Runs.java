package ai.openlegion.schedule;

import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The runs under way, one at most of each job, and what is noted of them when they end.
final class Runs {

    private static final Logger LOG = System.getLogger("openlegion.schedule");

    /// A job that fails each second is logged and audited once a minute.
    private static final long NOISE_MILLIS = 60_000;

    private final Jobs jobs;
    private final JobStore store;
    private final Dispatch dispatch;
    private final Supplier<Policy> policy;
    private final AuditLog audit;
    private final InstantSource clock;
    private final Map<String, Future<?>> underWay = new HashMap<>();
    private final Map<String, Long> logged = new HashMap<>();
    private final Map<String, Streak> streaks = new HashMap<>();

    /// Failures of one job for one reason, with no other outcome between them.
    private record Streak(String decision, String rule, long recordedMillis, long unrecorded) {}

    Runs(Jobs jobs, JobStore store, Dispatch dispatch, Supplier<Policy> policy, AuditLog audit, InstantSource clock) {
        this.jobs = jobs;
        this.store = store;
        this.dispatch = dispatch;
        this.policy = policy;
        this.audit = audit;
        this.clock = clock;
    }

    /// Whether the job's last run has not ended.
    boolean isUnderWay(String id) {
        return underWay.containsKey(id);
    }

    /// Begins a run; what must happen before it has happened.
    void begin(KeptJob job, long scheduledMillis) {
        Future<Outcome> run = audit.accepting()
                ? dispatch.run(job, scheduledMillis)
                : Future.succeededFuture(new Outcome.Failed("the audit cannot record it now"));
        underWay.put(job.id(), run);
        var _ = run.onSuccess(outcome -> ended(job, outcome));
    }

    /// Done when every run that is under way has ended.
    Future<?> ended() {
        return Future.join(List.copyOf(underWay.values()));
    }

    private void ended(KeptJob job, Outcome outcome) {
        underWay.remove(job.id());
        switch (outcome) {
            case Outcome.Done _ -> {
                recovered(job);
                record(job, "allowed", "");
            }
            case Outcome.Quiet _ -> recovered(job);
            case Outcome.Denied(String rule, String why) -> {
                recordFailure(job, "denied", rule);
                failed(job, why, "denied by " + rule);
            }
            case Outcome.Failed(String why) -> {
                recordFailure(job, "failed", "");
                failed(job, why, why);
            }
        }
    }

    /* What an owner is told may hold a name that an agent chose; the log gets none. */
    private void failed(KeptJob job, String why, String shown) {
        KeptJob current = jobs.get(job.id());
        if (current == null) {
            return;
        }
        jobs.put(current.with(current.standing().failed(why)));
        store.owe(job.id());
        long now = clock.millis();
        long last = logged.getOrDefault(job.id(), Long.MIN_VALUE / 2);
        if (Math.abs(now - last) >= NOISE_MILLIS) {
            logged.keySet().removeIf(id -> jobs.get(id) == null);
            logged.put(job.id(), now);
            LOG.log(Level.WARNING, "schedule run failed job={0} why=\"{1}\"", job.id(), shown);
        }
    }

    /* The first failure of a streak is recorded at once, those that follow once a minute. */
    private void recordFailure(KeptJob job, String decision, String rule) {
        long now = clock.millis();
        Streak streak = streaks.get(job.id());
        if (streak == null
                || !streak.decision().equals(decision)
                || !streak.rule().equals(rule)) {
            recovered(job);
            streaks.keySet().removeIf(id -> jobs.get(id) == null);
            record(job, decision, rule);
            streaks.put(job.id(), new Streak(decision, rule, now, 0));
        } else if (Math.abs(now - streak.recordedMillis()) >= NOISE_MILLIS) {
            recordMore(job, streak, streak.unrecorded() + 1);
            streaks.put(job.id(), new Streak(decision, rule, now, 0));
        } else {
            streaks.put(job.id(), new Streak(decision, rule, streak.recordedMillis(), streak.unrecorded() + 1));
        }
    }

    private void recovered(KeptJob job) {
        Streak streak = streaks.remove(job.id());
        if (streak != null && streak.unrecorded() > 0) {
            recordMore(job, streak, streak.unrecorded());
        }
    }

    private void recordMore(KeptJob job, Streak streak, long runs) {
        record(job, streak.decision() + ": " + runs + (runs == 1 ? " run" : " runs") + " since", streak.rule());
    }

    private void record(KeptJob job, String decision, String rule) {
        AgentId owner = job.owner();
        boolean recorded = audit.offer(new AuditEntry(
                clock.millis(),
                owner == null ? "operator" : owner.value(),
                "cron.run",
                job.id(),
                decision,
                rule,
                policy.get().revision(),
                "",
                "",
                0));
        if (!recorded) {
            LOG.log(Level.WARNING, "schedule run is not in the audit job={0}", job.id());
        }
    }
}
