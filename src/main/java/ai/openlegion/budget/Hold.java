package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Money set aside for one attempt of a call, until it is settled.
public final class Hold {

    /// Where a hold stands; guarded by the ledger's lock.
    enum State {
        /// Its call may not go yet: no durable lease covers it.
        WAITING,
        /// Its call may go, or has gone.
        COVERED,
        /// It was released because the store failed before it was covered.
        FAILED,
        /// It is over.
        SETTLED
    }

    final DayRow row;
    State state;

    @Nullable
    Consumer<Boolean> whenDurable;

    /// The task it is charged to, with the tokens set aside there and how many of them are input.
    final @Nullable TaskFunds task;

    long taskTokens;
    long taskInputTokens;

    /// Because of which of its task's ceilings it pays for fewer tokens.
    Budget.Ceiling bound = Budget.Ceiling.NONE;

    /// The neighbours in its account's list of running holds.
    @Nullable
    Hold newer;

    @Nullable
    Hold older;

    private final long id;
    private final long pico;
    private final long outputTokens;
    private final long remainingPico;

    // false to true only, so that a reader without the lock can at worst ask again
    private boolean durable;
    private volatile boolean cut;

    Hold(long id, DayRow row, long pico, long outputTokens, long remainingPico, @Nullable TaskFunds task, Quote quote) {
        this.id = id;
        this.row = row;
        this.pico = pico;
        this.outputTokens = outputTokens;
        this.remainingPico = remainingPico;
        this.task = task;
        if (task != null) {
            taskTokens = quote.tokens(outputTokens);
            taskInputTokens = quote.tokens(0);
        }
        durable = row.covers(pico) && taskCovers();
        state = durable ? State.COVERED : State.WAITING;
    }

    /// Its number; a newer hold has a higher one.
    public long id() {
        return id;
    }

    /// Who spends.
    public AgentId agent() {
        return row.account.agent;
    }

    /// The money set aside, in pico-USD.
    public long pico() {
        return pico;
    }

    /// The output maximum it pays for, in tokens of each answer: what was wanted, or fewer when money is tight.
    public long outputTokens() {
        return outputTokens;
    }

    /// What the agent had left in its tighter window right after this was set aside, in pico-USD, or
    /// [Limits#UNLIMITED].
    public long remainingPico() {
        return remainingPico;
    }

    /// Whether the call may go now; if not, [Ledger#whenDurable] tells when.
    public boolean durable() {
        return durable;
    }

    /// Whether the call has to end, because a limit was lowered under it or its agent was removed. Said as
    /// [Budget#CUT] too; a call that is about to go asks here, so that it cannot slip past the fact.
    public boolean cut() {
        return cut;
    }

    /// Whether its task's account lets it go now.
    boolean taskCovers() {
        return task == null || task.covers(taskTokens);
    }

    void cover() {
        if (task != null) {
            task.covered(this);
        }
        state = State.COVERED;
        durable = true;
    }

    void markCut() {
        cut = true;
    }
}
