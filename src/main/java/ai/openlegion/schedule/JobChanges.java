package ai.openlegion.schedule;

import ai.openlegion.identity.AgentId;
import ai.openlegion.schedule.Schedule.Spec;
import ai.openlegion.store.StoreException;
import ai.openlegion.store.Transaction;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What owners and the operator ask for: jobs that are added, changed and removed, each durable before it is told.
final class JobChanges {

    private final SecureRandom random = new SecureRandom();
    private final Jobs jobs;
    private final JobStore store;
    private final InstantSource clock;
    private final ScheduleLimits limits;
    private Set<AgentId> agents = Set.of();

    JobChanges(Jobs jobs, JobStore store, InstantSource clock, ScheduleLimits limits) {
        this.jobs = jobs;
        this.store = store;
        this.clock = clock;
        this.limits = limits;
    }

    /// The agents that a job may be for from now on.
    void among(Set<AgentId> fleet) {
        agents = fleet;
    }

    Schedule.Listed list(Schedule.ListJobs question) {
        AgentId owner = question.owner();
        return new Schedule.Jobs((owner == null ? jobs.all() : jobs.of(owner))
                .stream().map(KeptJob::shown).toList());
    }

    Future<Schedule.Changed> add(Schedule.Add wanted) {
        AgentId owner = wanted.owner();
        Spec spec = SpecCheck.complete(wanted.spec());
        Optional<String> flaw = owner != null && !agents.contains(owner)
                ? Optional.of("There is no agent of this name")
                : SpecCheck.flaw(spec, owner, agents);
        if (flaw.isPresent()) {
            return Future.succeededFuture(new Schedule.Invalid(flaw.get()));
        }
        if (jobs.count(owner) >= limits.jobs()) {
            return Future.succeededFuture(new Schedule.TooMany(limits.jobs()));
        }
        Clockwork rules = KeptJob.rules(spec).orElseThrow();
        long now = clock.millis();
        Standing standing = Standing.dueAt(spec.enabled() ? rules.first(now) : 0);
        return kept(new KeptJob(newId(), owner, false, spec, rules, now, standing));
    }

    Future<Schedule.Changed> change(Schedule.Change wanted) {
        KeptJob job = jobs.get(wanted.id());
        if (job == null || !mayTouch(wanted.owner(), job)) {
            return Future.succeededFuture(new Schedule.UnknownJob());
        }
        if (job.fromFile()) {
            return Future.succeededFuture(new Schedule.InFile());
        }
        Spec old = job.spec();
        Spec spec = new Spec(
                or(wanted.schedule(), old.schedule()),
                or(wanted.zone(), old.zone()),
                or(wanted.misfire(), old.misfire()),
                old.agent(),
                old.workflow(),
                or(wanted.message(), old.message()),
                old.input(),
                old.heartbeat(),
                old.probes(),
                or(wanted.enabled(), old.enabled()));
        Optional<String> flaw = SpecCheck.flaw(spec, job.owner(), agents);
        boolean onlyPaused = spec.equals(paused(old));
        if (flaw.isPresent() && !onlyPaused) {
            return Future.succeededFuture(new Schedule.Invalid(flaw.get()));
        }
        return kept(job.with(spec, KeptJob.rules(spec).orElse(job.clockwork()), clock.millis()));
    }

    Future<Schedule.Changed> remove(Schedule.Remove wanted) {
        KeptJob job = jobs.get(wanted.id());
        if (job == null || !mayTouch(wanted.owner(), job)) {
            return Future.succeededFuture(new Schedule.UnknownJob());
        }
        if (job.fromFile()) {
            return Future.succeededFuture(new Schedule.InFile());
        }
        return durably(
                job.id(),
                connection -> {
                    JobTable.remove(connection, Set.of(job.id()));
                    return true;
                },
                () -> {
                    jobs.remove(job.id());
                    return job.with(job.standing().due(0));
                });
    }

    private Future<Schedule.Changed> kept(KeptJob job) {
        return durably(
                job.id(),
                connection -> {
                    JobTable.put(connection, job);
                    return true;
                },
                () -> {
                    // what a run has found out meanwhile stays
                    KeptJob before = jobs.get(job.id());
                    KeptJob now = before == null ? job : job.with(job.standing().withErrorsOf(before.standing()));
                    jobs.put(now);
                    return now;
                });
    }

    private Future<Schedule.Changed> durably(String id, Transaction<Boolean> work, Supplier<KeptJob> remembered) {
        return store.write(work)
                .onFailure(_ -> store.doubt(id))
                .transform((_, failure) -> failure == null
                        ? Future.succeededFuture(
                                new Schedule.Done(remembered.get().shown()))
                        : failure instanceof StoreException
                                ? Future.succeededFuture(new Schedule.Unavailable())
                                : Future.failedFuture(failure));
    }

    /* What stands in the file is the operator's; an agent does not learn that it is there. */
    private static boolean mayTouch(@Nullable AgentId owner, KeptJob job) {
        return owner == null || owner.equals(job.owner());
    }

    private static Spec paused(Spec spec) {
        return new Spec(
                spec.schedule(),
                spec.zone(),
                spec.misfire(),
                spec.agent(),
                spec.workflow(),
                spec.message(),
                spec.input(),
                spec.heartbeat(),
                spec.probes(),
                false);
    }

    private static <T> T or(@Nullable T wanted, T old) {
        return wanted == null ? old : wanted;
    }

    private String newId() {
        String id = "";
        while (id.isEmpty() || jobs.get(id) != null) {
            byte[] bytes = new byte[6];
            random.nextBytes(bytes);
            id = "cron_" + HexFormat.of().formatHex(bytes);
        }
        return id;
    }
}
