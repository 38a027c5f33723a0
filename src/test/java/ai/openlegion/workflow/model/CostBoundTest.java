package ai.openlegion.workflow.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.CostBound.Money;
import ai.openlegion.workflow.model.CostBound.Purse;
import ai.openlegion.workflow.model.CostBound.StepBound;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The most that a run can cost, told before it runs.
final class CostBoundTest {

    private static final long USD = 1_000_000_000_000L;
    private static final AgentId ANN = new AgentId("ann");
    private static final AgentId BOB = new AgentId("bob");

    private static Step step(
            String id,
            @Nullable String agent,
            OnFailure policy,
            @Nullable Long maxTokens,
            @Nullable Long maxPico,
            @Nullable FanOut forEach) {
        return new Step(
                id,
                0,
                agent == null ? null : new AgentId(agent),
                agent == null ? "write" : null,
                "work",
                List.of(),
                new InputFrom.Unsaid(),
                120,
                null,
                policy,
                3,
                policy == OnFailure.FALLBACK ? BOB : null,
                false,
                3600,
                maxTokens,
                maxPico,
                forEach);
    }

    private static Workflow flow(@Nullable Long maxPico, Step... steps) {
        return new Workflow("flow", "f.yaml", null, null, 600, null, maxPico, List.of(steps));
    }

    private static Money money(long ann, long bob, long fleet) {
        var purses = Map.of(ANN, new Purse(ANN, ann, 10L), BOB, new Purse(BOB, bob, 20L));
        return new Money(purses, Map.of("write", List.of(ANN, BOB)), fleet);
    }

    private static final long NONE = Long.MAX_VALUE;
    private static final Money UNLIMITED = money(NONE, NONE, NONE);

    @Test
    void attempts_times_what_each_may_spend() {
        CostBound bound = CostBound.of(
                flow(
                        null,
                        step("once", "ann", OnFailure.ABORT, null, USD, null),
                        step("retried", "ann", OnFailure.RETRY, null, USD, null),
                        step("saved", "ann", OnFailure.FALLBACK, 100L, null, null),
                        step("either", null, OnFailure.SKIP, 100L, null, null),
                        step("less", "ann", OnFailure.ABORT, 100L, 900L, null)),
                UNLIMITED);
        assertThat(bound.steps())
                .containsExactly(
                        new StepBound("once", 1, USD, "1 attempt within token_budget.max_usd"),
                        new StepBound("retried", 4, 4 * USD, "4 attempts within token_budget.max_usd"),
                        new StepBound("saved", 2, 3_000L, "2 attempts within token_budget.max_tokens"),
                        new StepBound("either", 1, 2_000L, "1 attempt within token_budget.max_tokens"),
                        new StepBound("less", 1, 900L, "1 attempt within token_budget.max_usd"));
        assertThat(bound.pico()).isEqualTo(5 * USD + 5_900);
        assertThat(bound.why()).isEqualTo("the sum of its steps");
    }

    @Test
    void a_fan_out_may_be_as_long_as_any() throws Malformed {
        var forEach = new FanOut(ResultPath.parse("a.list"), 8);
        CostBound bound = CostBound.of(flow(null, step("all", "ann", OnFailure.RETRY, null, 5L, forEach)), UNLIMITED);
        assertThat(bound.steps().getFirst().attempts()).isEqualTo(4_000);
        assertThat(bound.pico()).isEqualTo(20_000);
    }

    @Test
    void limits_cap_it_and_say_so() {
        Step free = step("free", "ann", OnFailure.RETRY, null, null, null);
        Step bound = step("bound", "bob", OnFailure.ABORT, null, USD, null);
        assertThat(CostBound.of(flow(null, free), UNLIMITED).pico()).isNull();
        assertThat(CostBound.of(flow(null, free), UNLIMITED).steps().getFirst().pico())
                .isNull();
        CostBound daily = CostBound.of(flow(null, free, free, bound), money(3 * USD, NONE, NONE));
        assertThat(daily.pico())
                .as("the limit of an agent counts once for each day, and midnight may come")
                .isEqualTo(7 * USD);
        assertThat(daily.why()).isEqualTo("the sum of its steps within the daily limit of ann, 6 USD in 2 days");
        assertThat(daily.steps().getFirst().why()).isEqualTo("the daily limit of its agents, 6 USD in 2 days");
        assertThat(CostBound.of(flow(2 * USD, free, bound), money(3 * USD, NONE, NONE)))
                .extracting(CostBound::pico, CostBound::why)
                .containsExactly(2 * USD, "the run's budget");
        assertThat(CostBound.of(flow(2 * USD, free, bound), money(3 * USD, NONE, USD / 2)))
                .extracting(CostBound::pico, CostBound::why)
                .containsExactly(USD, "the fleet's daily limit in 2 days");
        Step either = step("either", null, OnFailure.ABORT, null, 9 * USD, null);
        assertThat(CostBound.of(flow(null, either, free), money(USD, USD, NONE)))
                .extracting(CostBound::pico, CostBound::why)
                .containsExactly(4 * USD, "the daily limits of its agents together in 2 days");
    }

    @Test
    void a_run_that_may_take_days_may_spend_the_limit_of_each() {
        Step free = step("free", "ann", OnFailure.ABORT, null, null, null);
        Workflow week = new Workflow("flow", "f.yaml", null, null, 7 * 86_400, null, null, List.of(free));
        assertThat(CostBound.of(week, money(USD, NONE, NONE)).pico()).isEqualTo(9 * USD);
        Step approved = new Step(
                "approved",
                0,
                ANN,
                null,
                "work",
                List.of(),
                new InputFrom.Unsaid(),
                120,
                null,
                OnFailure.ABORT,
                3,
                null,
                true,
                30 * 86_400,
                null,
                null,
                null);
        assertThat(CostBound.of(flow(null, approved), money(USD, NONE, NONE)))
                .extracting(CostBound::pico, CostBound::why)
                .containsExactly(32 * USD, "the sum of its steps within the daily limit of ann, 32 USD in 32 days");
    }

    @Test
    void a_capability_that_nobody_offers_yet_may_cost_whatever_the_rest_allows() {
        Money nobody = new Money(Map.of(), Map.of(), NONE);
        Step bound = step("bound", null, OnFailure.RETRY, null, USD, null);
        assertThat(CostBound.of(flow(null, bound), nobody))
                .extracting(CostBound::pico, CostBound::why)
                .containsExactly(4 * USD, "the sum of its steps");
        Step free = step("free", null, OnFailure.ABORT, 100L, null, null);
        assertThat(CostBound.of(flow(null, bound, free), nobody).pico()).isNull();
        assertThat(CostBound.of(flow(null, bound, free), nobody)
                        .steps()
                        .getLast()
                        .pico())
                .isNull();
        assertThat(CostBound.of(flow(7L, free), nobody).pico()).isEqualTo(7);
        assertThat(CostBound.of(flow(null, free), new Money(Map.of(), Map.of(), USD)))
                .extracting(CostBound::pico, CostBound::why)
                .containsExactly(2 * USD, "the fleet's daily limit in 2 days");
    }

    @Test
    void amounts_that_no_number_holds_are_no_bound() throws Malformed {
        var forEach = new FanOut(ResultPath.parse("a.list"), 8);
        Step huge = step("huge", "ann", OnFailure.RETRY, null, 9_000_000 * USD, forEach);
        assertThat(CostBound.of(flow(null, huge), UNLIMITED).pico()).isNull();
        assertThat(CostBound.of(flow(7L, huge, huge), UNLIMITED).pico()).isEqualTo(7);
    }
}
