package ai.openlegion.gateway;

import ai.openlegion.budget.Quote;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Price;
import ai.openlegion.catalogue.Rates;
import ai.openlegion.dialect.Usage;
import ai.openlegion.proxy.CallRequest;

/// From tokens to pico-USD: what a call may cost at most, and what it did cost. Exact; an overflow is an error.
final class Costs {

    /// The fewest output tokens a clamp leaves (`budgets.md`, Clamp).
    static final long FLOOR_TOKENS = 16;

    /// Held for a model whose own maximum is unknown when the client states none; the figure LiteLLM settled on after
    /// holds without a maximum had blocked whole accounts.
    static final long DEFAULT_OUTPUT_TOKENS = 16_384;

    /// No model answers in more; it keeps an absurd maximum from overflowing where the model's own is unknown.
    private static final long LONGEST_OUTPUT_TOKENS = 10_000_000;

    private Costs() {}

    /// The most the call may cost.
    ///
    /// @param inputTokens upper bound of the input
    /// @throws ArithmeticException when it exceeds what an account can hold
    static Quote quote(Model model, CallRequest request, long inputTokens) {
        Price price = model.price();
        boolean mayBeLong = price.longContext() != null && inputTokens > price.longContextAboveTokens();
        long inputRate =
                mayBeLong ? price.worstInput(request.longCache()) : price.base().worstInput(request.longCache());
        if (request.embeds()) {
            return new Quote(inputTokens, 1, Math.multiplyExact(inputTokens, inputRate), 0, 0, 0);
        }
        long outputRate = mayBeLong ? price.worstOutput() : price.base().output();
        return new Quote(
                inputTokens,
                request.choices(),
                Math.multiplyExact(inputTokens, inputRate),
                Math.multiplyExact(outputRate, request.choices()),
                wantedTokens(model, request),
                Math.max(FLOOR_TOKENS, request.thinkingBudget() + 1));
    }

    private static long wantedTokens(Model model, CallRequest request) {
        long own = model.maxOutputTokens();
        long stated = request.statedMaximum();
        long window = model.contextTokens() > 0 ? model.contextTokens() : LONGEST_OUTPUT_TOKENS;
        if (stated > 0) {
            return Math.min(stated, own > 0 ? own : window);
        }
        if (own > 0) {
            return own;
        }
        return Math.min(window, DEFAULT_OUTPUT_TOKENS);
    }

    /// What a call used costs.
    ///
    /// @throws ArithmeticException when the figures are beyond any account
    static long cost(Model model, Usage usage) {
        Rates rates = model.price().ratesFor(usage.inputTokens());
        long longRate = rates.cacheWriteLong() == null ? rates.worstInput(false) : rates.cacheWriteLong();
        long fresh =
                usage.inputTokens() - usage.cachedTokens() - usage.cacheWriteTokens() - usage.cacheWriteLongTokens();
        long cost = Math.multiplyExact(fresh, rates.input());
        cost = Math.addExact(cost, Math.multiplyExact(usage.cachedTokens(), rates.cachedInput()));
        cost = Math.addExact(cost, Math.multiplyExact(usage.cacheWriteTokens(), rates.cacheWrite()));
        cost = Math.addExact(cost, Math.multiplyExact(usage.cacheWriteLongTokens(), longRate));
        return Math.addExact(cost, Math.multiplyExact(usage.outputTokens(), rates.output()));
    }
}
