package ai.openlegion.workflow.model;

import ai.openlegion.identity.AgentId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The most that a run of a workflow can cost, told before it runs: what its steps may spend, within what the run may
/// spend, and its agents and the fleet on each of the UTC days that it can touch.
///
/// @param pico in pico-USD; null = nothing bounds it
/// @param why in words, what bounds it
/// @param steps in the order of the file
public record CostBound(@Nullable Long pico, String why, List<StepBound> steps) {

    private static final int MOST_ITEMS = 1_000;
    private static final long DAY_SECONDS = 86_400;
    private static final long NONE = Long.MAX_VALUE;

    public CostBound {
        steps = List.copyOf(steps);
    }

    /// The most that a step can cost.
    ///
    /// @param attempts that it makes at most, of a fan-out over as long a list as there may be
    /// @param pico in pico-USD; null = nothing bounds it but the run's and the fleet's limits
    /// @param why in words, what bounds it
    public record StepBound(
            String step, long attempts, @Nullable Long pico, String why) {}

    /// What an agent may spend.
    ///
    /// @param dailyPico its limit of a UTC day, in pico-USD; [Long#MAX_VALUE] = none
    /// @param picoPerToken the dearest token of all models that it may call; null = not known
    public record Purse(
            AgentId agent, long dailyPico, @Nullable Long picoPerToken) {}

    /// Who may do steps, and for how much.
    ///
    /// @param agents all that steps name or that offer what they ask for
    /// @param offering which of them may come to offer a capability; where it is nobody, anybody may, for any price
    /// @param fleetDailyPico the limit of all agents together; [Long#MAX_VALUE] = none
    public record Money(Map<AgentId, Purse> agents, Map<String, List<AgentId>> offering, long fleetDailyPico) {
        public Money {
            agents = Map.copyOf(agents);
            offering = Map.copyOf(offering);
        }

        private Purse purse(AgentId agent) {
            return agents.getOrDefault(agent, new Purse(agent, NONE, null));
        }

        /* What they may spend together on so many days; without a bound where it is nobody: somebody will come. */
        private long daily(Set<AgentId> agents, long days) {
            long daily = agents.isEmpty() ? NONE : 0;
            for (AgentId agent : agents) {
                daily = plus(daily, times(days, purse(agent).dailyPico()));
            }
            return daily;
        }

        private List<AgentId> doers(Step step) {
            AgentId agent = step.agent();
            return agent != null ? List.of(agent) : offering.getOrDefault(String.valueOf(step.capability()), List.of());
        }
    }

    /// The bound of a workflow.
    public static CostBound of(Workflow workflow, Money money) {
        List<StepBound> steps = new ArrayList<>();
        Map<AgentId, Long> byAgent = new LinkedHashMap<>();
        Set<AgentId> all = new LinkedHashSet<>();
        long days = days(workflow);
        boolean isAnybody = false;
        long shared = 0;
        for (Step step : workflow.steps()) {
            List<AgentId> doers = money.doers(step);
            isAnybody |= doers.isEmpty();
            long each = times(own(step), dearest(step, doers, money));
            AgentId fallback = fallback(step);
            long last = fallback == null ? 0 : times(items(step), dearest(step, List.of(fallback), money));
            Set<AgentId> involved = new LinkedHashSet<>(doers);
            if (fallback != null) {
                involved.add(fallback);
                byAgent.merge(fallback, last, CostBound::plus);
            }
            all.addAll(involved);
            if (step.agent() != null) {
                byAgent.merge(step.agent(), each, CostBound::plus);
            } else {
                shared = plus(shared, Math.min(each, money.daily(Set.copyOf(doers), days)));
            }
            long together = doers.isEmpty() ? NONE : money.daily(involved, days);
            steps.add(bound(step, plus(each, last), together, days));
        }
        long spending = shared;
        List<String> caps = new ArrayList<>();
        for (Map.Entry<AgentId, Long> agent : byAgent.entrySet()) {
            long daily = times(days, money.purse(agent.getKey()).dailyPico());
            if (daily < agent.getValue()) {
                caps.add("the daily limit of " + agent.getKey() + ", " + usd(daily) + " USD" + on(days));
            }
            spending = plus(spending, Math.min(daily, agent.getValue()));
        }
        String why = caps.isEmpty() ? "the sum of its steps" : "the sum of its steps within " + String.join(", ", caps);
        long together = isAnybody ? NONE : money.daily(all, days);
        if (together < spending) {
            spending = together;
            why = "the daily limits of its agents together" + on(days);
        }
        Long ofRun = workflow.maxPico();
        if (ofRun != null && ofRun < spending) {
            spending = ofRun;
            why = "the run's budget";
        }
        long fleet = times(days, money.fleetDailyPico());
        if (fleet < spending) {
            spending = fleet;
            why = "the fleet's daily limit" + on(days);
        }
        return spending == NONE
                ? new CostBound(null, "neither its steps, nor their agents, the run or the fleet have a limit", steps)
                : new CostBound(spending, why, steps);
    }

    /* The UTC days that a run can touch: its time, which stands still while it waits for approvals, and midnights. */
    private static long days(Workflow workflow) {
        long seconds = workflow.timeoutSeconds();
        for (Step step : workflow.steps()) {
            seconds += step.requiresApproval() ? step.approvalSeconds() : 0;
        }
        return seconds / DAY_SECONDS + 2;
    }

    private static String on(long days) {
        return " in " + days + " days";
    }

    private static StepBound bound(Step step, long spending, long daily, long days) {
        long attempts = times(own(step), 1) + (fallback(step) == null ? 0 : items(step));
        if (daily < spending) {
            String why = "the daily limit of its agents, " + usd(daily) + " USD" + on(days);
            return new StepBound(step.id(), attempts, daily, why);
        }
        if (spending == NONE) {
            return new StepBound(step.id(), attempts, null, "no token_budget, and no daily limit of its agents");
        }
        String what = attempts == 1 ? "1 attempt" : attempts + " attempts";
        String limit = step.maxPico() != null ? "within token_budget.max_usd" : "within token_budget.max_tokens";
        return new StepBound(step.id(), attempts, spending, what + " " + limit);
    }

    /* Attempts of its own agent, of all items. */
    private static long own(Step step) {
        return items(step) * (step.onFailure() == OnFailure.RETRY ? 1L + step.maxRetries() : 1L);
    }

    private static long items(Step step) {
        return step.forEach() == null ? 1 : MOST_ITEMS;
    }

    private static @Nullable AgentId fallback(Step step) {
        return step.onFailure() == OnFailure.FALLBACK ? step.fallbackAgent() : null;
    }

    /// What one attempt can cost with whoever makes it dearest. Where nobody can now, somebody will, for any price.
    private static long dearest(Step step, List<AgentId> doers, Money money) {
        long dearest = doers.isEmpty() ? step.maxPico() == null ? NONE : step.maxPico() : 0;
        for (AgentId doer : doers) {
            Long rate = money.purse(doer).picoPerToken();
            Long tokens = step.maxTokens();
            long byTokens = tokens == null || rate == null ? NONE : times(tokens, rate);
            long byMoney = step.maxPico() == null ? NONE : step.maxPico();
            dearest = Math.max(dearest, Math.min(byTokens, byMoney));
        }
        return dearest;
    }

    private static long plus(long one, long other) {
        return one > NONE - other ? NONE : one + other;
    }

    private static long times(long count, long pico) {
        return pico == NONE || (pico != 0 && count > NONE / pico) ? NONE : count * pico;
    }

    private static String usd(long pico) {
        return BigDecimal.valueOf(pico, 12).stripTrailingZeros().toPlainString();
    }
}
