package ai.openlegion.budget;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.budget.Budget.Change;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// The operator's side of the ledger: fills it from the database, keeps it there, answers questions, takes
/// changes, and tells what happened. One instance, on an event loop.
public final class BudgetVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.budget");

    /// How often changes are told at most, in milliseconds.
    private static final long TELL_MILLIS = 100;

    private static final int FLUSHES_MAX = 5;

    private final Bus bus;
    private final Database database;
    private final Ledger ledger;
    private final AuditLog audit;
    private final InstantSource clock;

    private final TaskDesk tasks;

    private final AtomicBoolean tellDue = new AtomicBoolean();
    private Map<AgentId, LimitOverride> overrides = new HashMap<>();
    private Map<AgentId, Limits> file = Map.of();
    private Future<?> lastChange = Future.succeededFuture();

    public BudgetVerticle(Bus bus, Database database, Ledger ledger, AuditLog audit, InstantSource clock) {
        this.bus = bus;
        this.database = database;
        this.ledger = ledger;
        this.audit = audit;
        this.clock = clock;
        tasks = new TaskDesk(bus, database, ledger, clock);
    }

    /// Recovers the ledger; from then on calls are admitted as soon as [Budget#CONFIGURE] gave them accounts.
    @Override
    public Future<?> start() {
        return database.write(LedgerTable.recovery(Utc.dayOf(clock.millis())))
                .map(this::restore)
                .compose(_ -> database.write(OverrideTable.load()))
                .map(stored -> overrides = stored)
                .compose(_ -> serve());
    }

    /// Hands back every lease; whoever deployed this has ended the calls before.
    @Override
    public Future<?> stop() {
        ledger.close();
        return flush(FLUSHES_MAX, ledger::pending)
                .onFailure(cause -> LOG.log(Level.WARNING, "leases are left behind, and will be unreconciled", cause))
                .otherwiseEmpty();
    }

    private StoredLedger restore(StoredLedger stored) {
        if (stored.newestDay() > Utc.dayOf(clock.millis())) {
            LOG.log(
                    Level.WARNING,
                    "the clock is behind the ledger, whose day goes on until the clock is there ledger_day="
                            + Utc.text(stored.newestDay()));
        }
        ledger.restore(stored);
        for (DayImage day : stored.stranded()) {
            LOG.log(
                    Level.WARNING,
                    "a stop without notice left money unreconciled agent=" + day.agent() + " day=" + Utc.text(day.day())
                            + " usd=" + Usd.decimal(day.leased()));
            if (!note("mesh", "budget.recover", day.agent(), "unreconciled", Utc.text(day.day()), "", day.leased())) {
                LOG.log(Level.ERROR, "a recovery could not be audited agent=" + day.agent());
            }
        }
        ledger.onUrgent(database::wake);
        database.onAvailability(ledger::storeAvailable);
        database.join(new LedgerFlush(ledger, this::tellSoon));
        ledger.storeAvailable(database.available());
        return stored;
    }

    private Future<?> serve() {
        return Future.join(List.of(
                bus.serve(Budget.READ, _ -> Future.succeededFuture(ledger.all())),
                bus.serve(Budget.SET_LIMITS, ask -> inTurn(() -> setLimits(ask))),
                bus.serve(Budget.RELEASE, ask -> inTurn(() -> release(ask))),
                bus.serve(Budget.CONFIGURE, ask -> inTurn(() -> configure(ask))),
                bus.serve(Budget.USAGE, this::usage),
                tasks.serve()));
    }

    /// Changes happen one after the other, so that none works on what another is about to replace.
    private <T> Future<T> inTurn(Supplier<Future<T>> change) {
        Future<T> next = lastChange.otherwiseEmpty().compose(_ -> change.get());
        lastChange = next;
        return next;
    }

    private Future<Budget.Changed> setLimits(Budget.SetLimits ask) {
        AgentId agent = ask.agent();
        Limits ownFile = file.get(agent);
        BudgetState before = ledger.state(agent);
        if (ownFile == null || before == null) {
            return Future.succeededFuture(new Budget.Changed(Change.UNKNOWN_AGENT, null, 0));
        }
        Long daily = ask.dailyPico();
        Long monthly = ask.monthlyPico();
        Limits old = new Limits(before.daily().limitPico(), before.monthly().limitPico());
        Limits wanted =
                new Limits(daily == null ? old.dailyPico() : daily, monthly == null ? old.monthlyPico() : monthly);
        // what lowers a limit acts before anything else, also when nothing can be stored
        cut(
                ledger.setLimits(
                        agent,
                        new Limits(
                                Math.min(old.dailyPico(), wanted.dailyPico()),
                                Math.min(old.monthlyPico(), wanted.monthlyPico()))),
                "budget_exceeded");
        if (!note("operator", "budget.limits", agent, "changed", describe(wanted), ask.requestId(), 0)) {
            return unavailable(agent);
        }
        LimitOverride override = new LimitOverride(wanted, ownFile);
        return database.write(OverrideTable.save(Map.of(agent, override)))
                .compose(_ -> {
                    keep(agent, override);
                    List<Hold> _ = ledger.setLimits(agent, wanted);
                    thaw(agent, before, ask.requestId());
                    return before.frozen() ? flush(1, () -> false) : Future.succeededFuture();
                })
                .map(_ -> new Budget.Changed(Change.DONE, ledger.state(agent), 0))
                .recover(failure -> refused("limits", failure, agent, ask.requestId()));
    }

    private Future<Budget.Changed> release(Budget.Release ask) {
        AgentId agent = ask.agent();
        BudgetState before = ledger.state(agent);
        if (before == null) {
            return Future.succeededFuture(new Budget.Changed(Change.UNKNOWN_AGENT, null, 0));
        }
        if (!audit.accepting()) {
            return unavailable(agent);
        }
        long amount = ledger.release(agent, ask.pico());
        thaw(agent, before, ask.requestId());
        boolean noted = note(
                "operator",
                "budget.release",
                agent,
                "released",
                "asked=" + Usd.decimal(ask.pico()) + " released=" + Usd.decimal(amount),
                ask.requestId(),
                0);
        if (!noted) {
            LOG.log(Level.ERROR, "a release could not be audited agent=" + agent + " usd=" + Usd.decimal(amount));
        }
        return flush(FLUSHES_MAX, () -> ledger.releasing(agent))
                .map(_ -> new Budget.Changed(Change.DONE, ledger.state(agent), amount))
                .recover(failure -> refused("release", failure, agent, ask.requestId()));
    }

    private void thaw(AgentId agent, BudgetState before, String requestId) {
        ledger.unfreeze(agent);
        if (before.frozen() && !note("operator", "budget.thaw", agent, "done", "", requestId, 0)) {
            LOG.log(Level.ERROR, "a thaw could not be audited agent=" + agent);
        }
    }

    private Future<Budget.Configured> configure(Budget.Configure ask) {
        Map<AgentId, LimitOverride> changed = new HashMap<>();
        Map<AgentId, Limits> effective = new HashMap<>(ask.agents());
        overrides.forEach((agent, override) -> {
            Limits ownFile = ask.agents().get(agent);
            // an agent that is gone takes its override along
            LimitOverride now =
                    ownFile == null ? new LimitOverride(override.file(), override.file()) : override.under(ownFile);
            if (ownFile != null) {
                effective.put(agent, now.limits());
            }
            if (!now.equals(override)) {
                changed.put(agent, now);
            }
        });
        changed.forEach((agent, now) -> {
            keep(agent, now);
            String why = describe(now.limits()) + ", since the file says something else than before";
            if (!note("mesh", "budget.limits", agent, "changed", why, "", 0)) {
                LOG.log(Level.ERROR, "limits that are the file's again could not be audited agent=" + agent);
            }
        });
        file = ask.agents();
        Cuts cuts = ledger.configure(effective, ask.fleet());
        cut(cuts.revoked(), "agent_revoked");
        cut(cuts.overLimit(), "budget_exceeded");
        Budget.Configured answer =
                new Budget.Configured(overrides.keySet().stream().sorted().toList());
        if (changed.isEmpty()) {
            return Future.succeededFuture(answer);
        }
        // if this fails, the next start or reload compares again and comes to the same
        return database.write(OverrideTable.save(changed))
                .onFailure(cause -> LOG.log(Level.WARNING, "outdated limit overrides are still stored", cause))
                .map(answer)
                .otherwise(answer);
    }

    private Future<Budget.UsageReport> usage(Budget.Usage ask) {
        // what is settled by now is part of the answer, if it can be stored at all
        return flush(1, () -> false).otherwiseEmpty().compose(_ -> UsageReader.read(database.reads(), ask));
    }

    private void keep(AgentId agent, LimitOverride override) {
        if (override.isVoid()) {
            var _ = overrides.remove(agent);
        } else {
            var _ = overrides.put(agent, override);
        }
    }

    /// Commits what the ledger has gathered, and again while asked to: a batch that was under way comes first.
    private Future<?> flush(int times, Supplier<Boolean> again) {
        Future<Boolean> committed = database.write(LedgerTable.nothing());
        return committed.compose(_ -> times > 1 && again.get() ? flush(times - 1, again) : Future.succeededFuture());
    }

    private Future<Budget.Changed> refused(String what, Throwable failure, AgentId agent, String requestId) {
        LOG.log(Level.WARNING, "an operator's change could not be stored change=" + what + " agent=" + agent, failure);
        boolean _ = note("operator", "budget." + what, agent, "failed", "the store is unavailable", requestId, 0);
        return unavailable(agent);
    }

    private Future<Budget.Changed> unavailable(AgentId agent) {
        return Future.succeededFuture(new Budget.Changed(Change.UNAVAILABLE, ledger.state(agent), 0));
    }

    private void cut(List<Hold> holds, String reason) {
        tellSoon();
        if (!holds.isEmpty()) {
            List<Long> ids = new ArrayList<>();
            holds.forEach(hold -> ids.add(hold.id()));
            bus.publish(Budget.CUT, new Budget.Cut(ids, reason));
        }
    }

    private boolean note(
            String actor, String action, AgentId agent, String decision, String rule, String requestId, long pico) {
        return audit.offer(
                new AuditEntry(clock.millis(), actor, action, agent.value(), decision, rule, 0, requestId, "", pico));
    }

    /// From any thread: many changes a second make one telling.
    private void tellSoon() {
        if (tellDue.compareAndSet(false, true)) {
            context.runOnContext(_ -> {
                long _ = vertx.setTimer(TELL_MILLIS, _ -> {
                    tellDue.set(false);
                    tell(ledger.takeChanges());
                });
            });
        }
    }

    private void tell(Changes changes) {
        if (!changes.agents().isEmpty()) {
            bus.publish(Budget.SPENT, new Budget.Spent(changes.fleet(), changes.agents()));
        }
        changes.warnings().forEach(warning -> bus.publish(Budget.WARNED, warning));
        changes.exhausted().forEach(task -> bus.publish(Budget.EXHAUSTED, new Budget.Exhausted(task)));
        for (AgentId agent : changes.frozen()) {
            LOG.log(Level.WARNING, "a provider billed more than was held, account frozen agent=" + agent);
            if (!note("mesh", "budget.freeze", agent, "frozen", "a bill beyond what was held", "", 0)) {
                LOG.log(Level.ERROR, "a frozen account could not be audited agent=" + agent);
            }
            bus.publish(Budget.FROZEN, new Budget.Frozen(agent));
        }
    }

    private static String describe(Limits limits) {
        return "daily_usd=" + describe(limits.dailyPico()) + " monthly_usd=" + describe(limits.monthlyPico());
    }

    private static String describe(long pico) {
        return pico == Limits.UNLIMITED ? "none" : Usd.decimal(pico);
    }
}
