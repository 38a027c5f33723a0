package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;

/// Money set aside for one attempt of a call, until it is settled.
public final class Hold {

    private final long id;
    private final AgentId agent;
    private final long pico;
    private final long outputTokens;
    private final long remainingPico;

    Hold(long id, AgentId agent, long pico, long outputTokens, long remainingPico) {
        this.id = id;
        this.agent = agent;
        this.pico = pico;
        this.outputTokens = outputTokens;
        this.remainingPico = remainingPico;
    }

    /// Its number; a newer hold has a higher one.
    public long id() {
        return id;
    }

    /// Who spends.
    public AgentId agent() {
        return agent;
    }

    /// The money set aside, in pico-USD.
    public long pico() {
        return pico;
    }

    /// The output maximum it pays for, in tokens of each answer: what was wanted, or fewer when money is tight.
    public long outputTokens() {
        return outputTokens;
    }

    /// What the agent had left in its tighter window right after this was set aside, in pico-USD.
    public long remainingPico() {
        return remainingPico;
    }

    /// Whether the call may go now; if not, [Ledger#whenDurable] tells when.
    public boolean durable() {
        return false;
    }

    /// Whether the call has to end, because a limit was lowered under it or its agent was removed. Said as
    /// [Budget#CUT] too; a call that is about to go asks here, so that it cannot slip past the fact.
    public boolean cut() {
        return false;
    }
}
