package ai.openlegion.schedule;

import ai.openlegion.store.StoreException;
import io.vertx.core.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One look at the clock after another: what is due is decided, its next moment made durable, and only then it runs.
final class Rounds {

    private static final Logger LOG = System.getLogger("openlegion.schedule");

    /// Of one round, so that a transaction stays short; the others wait for the next.
    private static final int TURNS_MAX = 2_000;

    /// A clock that is set finely is not one that went back.
    private static final long BACK_MILLIS = 1_000;

    private final Jobs jobs;
    private final JobStore store;
    private final Runs runs;
    private final InstantSource clock;
    private final long graceMillis;
    private boolean underWay;
    private boolean stalled;
    private long latest = Long.MIN_VALUE;

    Rounds(Jobs jobs, JobStore store, Runs runs, InstantSource clock, ScheduleLimits limits) {
        this.jobs = jobs;
        this.store = store;
        this.runs = runs;
        this.clock = clock;
        graceMillis = limits.graceSeconds() * 1000L;
    }

    /// A run that begins once its job stands so.
    private record Begin(KeptJob job, long scheduledMillis) {}

    /// Goes round once, unless the last round has not ended.
    void next() {
        if (underWay) {
            return;
        }
        underWay = true;
        var _ = store.serially(this::round).onComplete((_, failure) -> {
            underWay = false;
            noteAvailability(failure);
        });
    }

    private Future<Void> round() {
        long now = clock.millis();
        if (now + BACK_MILLIS < latest) {
            LOG.log(Level.WARNING, "the clock went back millis={0}", Long.toString(latest - now));
            settle(now);
        }
        latest = now;
        List<Begin> begins = new ArrayList<>();
        List<KeptJob> turned = new ArrayList<>();
        for (KeptJob job : jobs.due(now, TURNS_MAX)) {
            turn(job, now, begins, turned);
        }
        if (turned.isEmpty() && !store.owesAnything()) {
            return Future.succeededFuture();
        }
        return store.write(connection -> {
                    JobTable.stand(connection, turned);
                    return true;
                })
                .map(_ -> {
                    turned.forEach(this::remember);
                    begins.forEach(begin -> runs.begin(begin.job(), begin.scheduledMillis()));
                    return null;
                });
    }

    private void turn(KeptJob job, long now, List<Begin> begins, List<KeptJob> turned) {
        try {
            switch (job.clockwork().decide(job.standing(), now, graceMillis)) {
                case Clockwork.Wait _ -> {}
                case Clockwork.Pass(Standing next) -> {
                    LOG.log(Level.INFO, "schedule missed run passed over job={0}", job.id());
                    turned.add(job.with(next));
                }
                case Clockwork.Run(long _, Standing next)
                when runs.isUnderWay(job.id()) -> {
                    LOG.log(Level.INFO, "schedule run passed over, the last one still runs job={0}", job.id());
                    turned.add(job.with(next));
                }
                case Clockwork.Run(long scheduled, Standing next) -> {
                    KeptJob begun = job.with(next.begun(now));
                    turned.add(begun);
                    begins.add(new Begin(begun, scheduled));
                }
            }
        } catch (RuntimeException poisoned) {
            // one job that cannot be reckoned with must not keep the others from running
            LOG.log(Level.ERROR, "schedule job cannot be reckoned and is halted job=" + job.id(), poisoned);
            turned.add(job.with(
                    job.standing().failed("unexpected: the job is halted").due(0)));
        }
    }

    /* A run that ended meanwhile may have counted an error, which stays. */
    private void remember(KeptJob job) {
        KeptJob current = jobs.get(job.id());
        if (current != null) {
            jobs.put(job.with(job.standing().withErrorsOf(current.standing())));
        }
    }

    private void settle(long now) {
        for (KeptJob job : List.copyOf(jobs.all())) {
            Standing settled = job.clockwork().settled(job.standing(), now);
            if (!settled.equals(job.standing())) {
                jobs.put(job.with(settled));
                store.owe(job.id());
            }
        }
    }

    /* While the store is unavailable nothing runs; that is said once. */
    private void noteAvailability(@Nullable Throwable failure) {
        if (failure == null) {
            stalled = false;
        } else if (failure instanceof StoreException fault) {
            if (!stalled) {
                LOG.log(Level.WARNING, "nothing scheduled runs: the store cannot take it reason={0}", fault.reason());
            }
            stalled = true;
        } else {
            LOG.log(Level.ERROR, "schedule round failed", failure);
        }
    }
}
