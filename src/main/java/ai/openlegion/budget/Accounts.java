package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Every agent's account and the fleet's, with their limits and windows. Guarded by the ledger's lock.
final class Accounts {

    private final Map<AgentId, AgentAccount> byAgent = new HashMap<>();
    private final Windows windows;
    private Limits fleetLimits = Limits.NONE;
    private int fleetActive;
    private final TaskAccounts tasks;

    private final List<AgentAccount> changed = new ArrayList<>();
    private final List<AgentId> frozen = new ArrayList<>();

    /// @param changedTask told of each task's account that has to be stored
    Accounts(long day, Consumer<TaskFunds> changedTask) {
        tasks = new TaskAccounts(changedTask);
        windows = new Windows(day);
    }

    void roll(long nowMillis) {
        windows.roll(nowMillis);
    }

    Windows windows() {
        return windows;
    }

    Limits fleetLimits() {
        return fleetLimits;
    }

    /// The account of an agent of the fleet, in the current windows, or null.
    @Nullable
    AgentAccount open(AgentId agent) {
        AgentAccount account = byAgent.get(agent);
        if (account == null || !account.open) {
            return null;
        }
        account.roll(windows);
        return account;
    }

    /// Whether one of the limits is 0, which refuses even what costs nothing.
    boolean isClosed(AgentAccount account) {
        return account.limits.dailyPico() == 0
                || account.limits.monthlyPico() == 0
                || fleetLimits.dailyPico() == 0
                || fleetLimits.monthlyPico() == 0;
    }

    TaskAccounts tasks() {
        return tasks;
    }

    long fleetAvailable() {
        return windows.available(fleetLimits);
    }

    int fleetActive() {
        return fleetActive;
    }

    void add(Hold hold, long nowMillis) {
        hold.row.account.add(hold, nowMillis);
        fleetActive++;
        noteChanged(hold.row.account);
    }

    void remove(Hold hold) {
        hold.row.account.remove(hold);
        fleetActive--;
        if (hold.task != null) {
            tasks.lastBooked(hold.task);
        }
        noteChanged(hold.row.account);
    }

    void noteChanged(AgentAccount account) {
        if (!account.changed) {
            account.changed = true;
            changed.add(account);
        }
    }

    void noteFrozen(AgentAccount account) {
        frozen.add(account.agent);
        noteChanged(account);
    }

    void restore(StoredLedger stored) {
        if (!byAgent.isEmpty()) {
            throw new IllegalStateException("the ledger has accounts already");
        }
        if (stored.newestDay() > windows.day()) {
            windows.roll(Utc.startMillis(stored.newestDay()));
        }
        Map<Long, Tally> fleetDays = new HashMap<>();
        for (DayImage image : stored.days()) {
            if (image.day() < windows.firstOfMonth()) {
                continue;
            }
            AgentAccount account = account(image.agent());
            DayRow row = account.today;
            if (image.day() != windows.day()) {
                Tally fleetDay = fleetDays.computeIfAbsent(image.day(), _ -> new Tally());
                row = new DayRow(account, image.day(), account.today.month, fleetDay, windows.fleetMonth());
                account.restore(row);
            }
            long tokens = row == account.today ? stored.tokensToday().getOrDefault(image.agent(), 0L) : 0;
            row.restore(image.spent(), image.unreconciled(), tokens);
        }
        for (AgentId agent : stored.frozen()) {
            account(agent).frozen = true;
        }
        tasks.restore(stored, this::account);
    }

    Cuts configure(Map<AgentId, Limits> agents, Limits fleet) {
        List<Hold> revoked = new ArrayList<>();
        for (AgentAccount account : byAgent.values()) {
            if (account.open && !agents.containsKey(account.agent)) {
                account.open = false;
                account.holds().forEach(hold -> cut(hold, revoked));
            }
        }
        List<Hold> overLimit = new ArrayList<>();
        agents.forEach((agent, limits) -> {
            AgentAccount account = account(agent);
            account.open = true;
            account.roll(windows);
            overLimit.addAll(setLimits(account, limits));
        });
        overLimit.addAll(setFleetLimits(fleet));
        overLimit.sort(CutOrder.NEWEST_FIRST);
        revoked.sort(CutOrder.NEWEST_FIRST);
        return new Cuts(overLimit, revoked);
    }

    List<Hold> setLimits(AgentAccount account, Limits limits) {
        if (!account.limits.equals(limits)) {
            account.limits = limits;
            account.today.day().lowerMark(limits.dailyPico());
            account.today.month.lowerMark(limits.monthlyPico());
            noteChanged(account);
        }
        return CutOrder.agent(account.holds(), limits);
    }

    private List<Hold> setFleetLimits(Limits limits) {
        if (!fleetLimits.equals(limits)) {
            fleetLimits = limits;
            windows.fleetDay().lowerMark(limits.dailyPico());
            windows.fleetMonth().lowerMark(limits.monthlyPico());
        }
        List<Hold> holds = new ArrayList<>();
        byAgent.values().forEach(account -> holds.addAll(account.holds()));
        holds.sort(CutOrder.NEWEST_FIRST);
        return CutOrder.fleet(holds, limits);
    }

    /// The window that leaves the least.
    Balance tightest(AgentAccount account) {
        Limits limits = account.limits;
        Tally day = account.today.day();
        Tally month = account.today.month;
        long agent = account.available();
        long fleet = fleetAvailable();
        if (agent <= fleet) {
            return day.available(limits.dailyPico()) == agent
                    ? day.balance(Balance.Account.AGENT_DAY, limits.dailyPico(), windows.dayEndsMillis())
                    : month.balance(Balance.Account.AGENT_MONTH, limits.monthlyPico(), windows.monthEndsMillis());
        }
        return windows.fleetDay().available(fleetLimits.dailyPico()) == fleet
                ? windows.fleetDay()
                        .balance(Balance.Account.FLEET_DAY, fleetLimits.dailyPico(), windows.dayEndsMillis())
                : windows.fleetMonth()
                        .balance(Balance.Account.FLEET_MONTH, fleetLimits.monthlyPico(), windows.monthEndsMillis());
    }

    /// @param exhausted the tasks that were refused a call since the last time
    Changes takeChanges(List<String> exhausted) {
        List<BudgetState> states = new ArrayList<>();
        List<Budget.Warned> warnings = new ArrayList<>();
        for (AgentAccount account : changed) {
            account.changed = false;
            if (account.open) {
                BudgetState state = state(account);
                states.add(state);
                warn(warnings, account.agent, account.today.day(), state.daily(), Budget.Window.DAILY);
                warn(warnings, account.agent, account.today.month, state.monthly(), Budget.Window.MONTHLY);
            }
        }
        FleetState fleet = fleet();
        if (!changed.isEmpty()) {
            warn(warnings, null, windows.fleetDay(), fleet.daily(), Budget.Window.DAILY);
            warn(warnings, null, windows.fleetMonth(), fleet.monthly(), Budget.Window.MONTHLY);
        }
        changed.clear();
        Changes changes = new Changes(fleet, states, warnings, List.copyOf(frozen), exhausted);
        frozen.clear();
        return changes;
    }

    BudgetState state(AgentAccount account) {
        account.roll(windows);
        return new BudgetState(
                account.agent,
                account.today.day().state(account.limits.dailyPico(), windows.dayEndsMillis()),
                account.today.month.state(account.limits.monthlyPico(), windows.monthEndsMillis()),
                account.frozen,
                account.today.tokens());
    }

    List<BudgetState> states() {
        List<BudgetState> states = new ArrayList<>();
        for (AgentAccount account : byAgent.values()) {
            if (account.open) {
                states.add(state(account));
            }
        }
        states.sort(Comparator.comparing(BudgetState::agent));
        return states;
    }

    FleetState fleet() {
        return new FleetState(
                windows.fleetDay().state(fleetLimits.dailyPico(), windows.dayEndsMillis()),
                windows.fleetMonth().state(fleetLimits.monthlyPico(), windows.monthEndsMillis()));
    }

    private static void warn(
            List<Budget.Warned> warnings,
            @Nullable AgentId agent,
            Tally tally,
            WindowState state,
            Budget.Window window) {
        int percent = tally.passedMark(state.limitPico());
        if (percent > 0) {
            warnings.add(new Budget.Warned(agent, window, percent, state));
        }
    }

    private AgentAccount account(AgentId agent) {
        return byAgent.computeIfAbsent(agent, id -> new AgentAccount(id, windows));
    }

    private static void cut(Hold hold, List<Hold> revoked) {
        if (!hold.cut()) {
            hold.markCut();
            revoked.add(hold);
        }
    }
}
