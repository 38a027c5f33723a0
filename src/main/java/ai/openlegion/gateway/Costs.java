package ai.openlegion.gateway;

import ai.openlegion.budget.Quote;
import ai.openlegion.catalogue.Model;
import ai.openlegion.catalogue.Price;
import ai.openlegion.catalogue.Rates;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.ChatUsage;

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
        long inputRate = mayBeLong ? price.worstInput() : worstInput(price.base());
        long outputRate = mayBeLong ? price.worstOutput() : price.base().output();
        return new Quote(
                inputTokens,
                request.choices(),
                Math.multiplyExact(inputTokens, inputRate),
                Math.multiplyExact(outputRate, request.choices()),
                wantedTokens(model, request),
                Math.max(FLOOR_TOKENS, request.thinkingBudget() + 1));
    }

    private static long worstInput(Rates rates) {
        return Math.max(rates.input(), Math.max(rates.cachedInput(), rates.cacheWrite()));
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
    static long cost(Model model, ChatUsage usage) {
        Rates rates = model.price().ratesFor(usage.inputTokens());
        long fresh = usage.inputTokens() - usage.cachedTokens();
        return Math.addExact(
                Math.addExact(
                        Math.multiplyExact(fresh, rates.input()),
                        Math.multiplyExact(usage.cachedTokens(), rates.cachedInput())),
                Math.multiplyExact(usage.outputTokens(), rates.output()));
    }
}
