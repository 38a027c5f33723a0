package ai.openlegion.schedule;

import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The verticle that keeps the jobs and runs each when its time has come. One instance.
///
/// The moment that follows is durable before a run begins: a crash may lose a run, never double one.
public final class ScheduleVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.schedule");
    private static final long TICK_MILLIS = 1_000;

    /// A run has its answer in five seconds or none, and a slow probe must not hold up the end.
    private static final long STOP_MILLIS = 6_000;

    private static final long NOT_BEGUN = -1;

    private final Bus bus;
    private final Database database;
    private final Supplier<Policy> policy;
    private final AuditLog audit;
    private final InstantSource clock;
    private final ScheduleLimits limits;
    private final long tickMillis;

    private final Jobs jobs = new Jobs();
    private final FileJobs file = new FileJobs(jobs);
    private final JobStore store;
    private final JobChanges changes;
    private @Nullable Runs runs;
    private long timer = NOT_BEGUN;

    public ScheduleVerticle(
            Bus bus,
            Database database,
            Supplier<Policy> policy,
            AuditLog audit,
            InstantSource clock,
            ScheduleLimits limits) {
        this(bus, database, policy, audit, clock, limits, TICK_MILLIS);
    }

    ScheduleVerticle(
            Bus bus,
            Database database,
            Supplier<Policy> policy,
            AuditLog audit,
            InstantSource clock,
            ScheduleLimits limits,
            long tickMillis) {
        this.bus = bus;
        this.database = database;
        this.policy = policy;
        this.audit = audit;
        this.clock = clock;
        this.limits = limits;
        this.tickMillis = tickMillis;
        store = new JobStore(database::write, jobs);
        changes = new JobChanges(jobs, store, clock, limits);
    }

    /// Takes up the stored jobs. Nothing runs before [Schedule#CONFIGURE] told which agents there are.
    @Override
    public Future<?> start() {
        return database.write(JobTable::load).compose(stored -> {
            restore(stored);
            return serve();
        });
    }

    private Future<?> serve() {
        Dispatch dispatch = new Dispatch(bus, policy, new Probes(bus, new HttpProbe(vertx, limits.probeSeconds())));
        Runs under = new Runs(jobs, store, dispatch, policy, audit, clock);
        Rounds rounds = new Rounds(jobs, store, under, clock, limits);
        runs = under;
        return Future.all(List.of(
                bus.serve(Schedule.ADD, wanted -> store.serially(() -> changes.add(wanted))),
                bus.serve(Schedule.CHANGE, wanted -> store.serially(() -> changes.change(wanted))),
                bus.serve(Schedule.REMOVE, wanted -> store.serially(() -> changes.remove(wanted))),
                bus.serve(Schedule.LIST, question -> Future.succeededFuture(changes.list(question))),
                bus.serve(
                        Schedule.CONFIGURE,
                        wanted -> store.serially(() -> configure(wanted)).onSuccess(_ -> begin(rounds)))));
    }

    private void begin(Rounds rounds) {
        if (timer == NOT_BEGUN) {
            timer = vertx.setPeriodic(1, tickMillis, _ -> rounds.next());
        }
    }

    /// Begins no run any more, lets those under way end, and stores what they have found out.
    @Override
    public Future<?> stop() {
        boolean _ = vertx.cancelTimer(timer);
        return store.serially(() -> Future.succeededFuture(true))
                .compose(_ -> runs == null ? Future.succeededFuture() : runs.ended())
                .timeout(STOP_MILLIS, TimeUnit.MILLISECONDS)
                .transform((_, late) -> store.owesAnything() ? store.settle() : Future.succeededFuture())
                .onFailure(cause -> LOG.log(Level.WARNING, "schedule counts of the last runs are lost: {0}", cause))
                .otherwiseEmpty();
    }

    private void restore(JobTable.Stored stored) {
        long now = clock.millis();
        Map<String, JobTable.StoredState> states = new HashMap<>(stored.states());
        for (JobTable.StoredJob row : stored.jobs()) {
            JobTable.StoredState state = states.remove(row.id());
            Optional<KeptJob> job = StoredJobs.revive(row, state, now);
            job.ifPresentOrElse(
                    jobs::put,
                    () -> LOG.log(
                            Level.ERROR, "schedule stored job cannot be read and does not run job={0}", row.id()));
        }
        file.remember(states);
    }

    /* What the database cannot take now holds all the same, and is owed to it. */
    private Future<Schedule.Configured> configure(Schedule.Configure wanted) {
        long now = clock.millis();
        changes.among(wanted.agents());
        FileJobs.Change change = file.read(wanted.fromFile(), now);
        Set<String> gone = new HashSet<>(change.gone());
        for (KeptJob job : jobs.all()) {
            if (job.owner() != null && !wanted.agents().contains(job.owner())) {
                gone.add(job.id());
            }
        }
        gone.forEach(jobs::remove);
        change.standing().forEach(job -> {
            jobs.put(job);
            store.owe(job.id());
        });
        store.oweRemovals(gone);
        return store.settle()
                .onFailure(cause -> LOG.log(Level.WARNING, "schedule is stored later: {0}", cause))
                .transform(_ -> Future.succeededFuture(new Schedule.Configured()));
    }
}
