package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.model.Answer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.DoubleAdder;

/// What a run has used and what it may use; any thread may read it.
///
/// The mesh holds the money to its limit and makes a call as small as what is left; this one ends a task before a call
/// that would only be refused.
public final class Spending {

    private final Optional<Long> mostTokens;
    private final Optional<Double> mostUsd;
    private final AtomicLong tokens = new AtomicLong();
    private final DoubleAdder usd = new DoubleAdder();

    /// @param budget `{max_tokens, max_usd}`, each of which may be missing
    public Spending(Members budget) {
        mostTokens = budget.whole("max_tokens");
        mostUsd = budget.number("max_usd");
    }

    /// Input and output of all calls so far.
    public long tokens() {
        return tokens.get();
    }

    void check() throws RunEnded {
        long used = tokens.get();
        if (mostTokens.isPresent() && used >= mostTokens.get()) {
            throw new RunEnded("Token budget exhausted: " + used + "/" + mostTokens.get());
        }
        if (mostUsd.isPresent() && usd.sum() >= mostUsd.get()) {
            throw new RunEnded("Token budget exhausted: $" + usd.sum() + "/$" + mostUsd.get());
        }
    }

    /// How many tokens the next call may generate.
    Optional<Long> left() {
        return mostTokens.map(most -> most - tokens.get());
    }

    void add(Answer answer) {
        var _ = tokens.addAndGet(answer.tokens());
        usd.add(answer.usd());
    }
}
