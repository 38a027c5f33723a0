package ai.openlegion.supervisor;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Presence;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.vault.Secret;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// One agent in the care of the supervisor: what it is, how it lives, and what there is of its current run.
final class Supervised {

    final AgentId id;
    /// When a spawned one ends at the latest, in milliseconds; 0 = it does not.
    final long endsAt;

    Plan plan;
    Lifecycle life;
    /// What the next run will be run by; null while that is being chosen, or where nothing can.
    @Nullable
    Engine engine;

    @Nullable
    Run run;

    Supervised(Plan plan, SupervisorSettings settings, long endsAt) {
        this.id = plan.agent().id();
        this.plan = plan;
        this.endsAt = endsAt;
        life = Lifecycle.absent(settings, plan.agent().program().hasServer());
    }

    @Nullable
    AgentId parent() {
        return plan.agent().parent();
    }

    /// The run of this number, if it is the current one.
    @Nullable
    Run run(long number) {
        Run current = run;
        return current != null && current.number == number ? current : null;
    }

    /// What opens the doors between it and the mesh now; null where nothing does.
    @Nullable
    Presence presence() {
        Run current = run;
        return current == null ? null : current.presence;
    }

    /// One run of an agent, from the minting of its token to its removal.
    static final class Run {
        final long number;
        final Engine engine;
        /// Names it in the store and on its container.
        final String start;

        final Agent agent;

        @Nullable
        Presence presence;

        @Nullable
        String instance;

        Run(long number, Engine engine, String start, Agent agent) {
            this.number = number;
            this.engine = engine;
            this.start = start;
            this.agent = agent;
        }

        void admit(TokenDigest token, Secret inbound) {
            presence = new Presence(token, null, inbound);
        }

        /// It is there, where it was started.
        void found(String id, @Nullable URI address) {
            instance = id;
            Presence admitted = presence;
            if (admitted != null) {
                presence = new Presence(admitted.token(), address, admitted.inbound());
            }
        }
    }
}
