package ai.openlegion.supervisor;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.identity.Tokens;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.supervisor.Supervised.Run;
import ai.openlegion.vault.Secret;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;

/// How a run begins: its engine is prepared, its token is minted and stored, then its program starts; so many at once
/// and no more. For one event loop.
final class Starts {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    /// More would take the processors from those that run.
    private static final int AT_ONCE = 4;

    private static final int EARLY_ENDS = 64;

    private final Care.Means means;
    private final Checks checks;
    private final Care care;
    private final Permits permits = new Permits(AT_ONCE);
    /// Instances that ended before their start was answered; only while a start is under way.
    private final Set<String> earlyEnds = new LinkedHashSet<>();

    private int underWay;

    Starts(Care.Means means, Checks checks, Care care) {
        this.means = means;
        this.checks = checks;
        this.care = care;
    }

    /// Something ended that no agent is known by: what is just being started, perhaps.
    void endedEarly(String instance) {
        if (underWay > 0) {
            if (earlyEnds.size() >= EARLY_ENDS) {
                earlyEnds.remove(earlyEnds.iterator().next());
            }
            earlyEnds.add(instance);
        }
    }

    private void answered() {
        permits.leave();
        underWay--;
        if (underWay == 0) {
            earlyEnds.clear();
        }
    }

    /// Starts a run of this number; answered by [Event.Launched] or [Event.NotLaunched].
    void launch(Supervised one, long number) {
        Engine engine = one.engine;
        if (engine == null) {
            care.tell(one, new Event.NotLaunched(number, Event.Blame.ENTRY, "nothing here can run it"));
            return;
        }
        Run run = new Run(number, engine, UUID.randomUUID().toString(), one.plan.agent());
        one.run = run;
        engine.ground(run.agent.program().image())
                .onSuccess(ground -> permits.enter(() -> mint(one, run, ground)))
                .onFailure(cause -> notLaunched(one, run, cause));
    }

    /// The token is stored before it opens the door, and opens the door before the program runs.
    private void mint(Supervised one, Run run, Ground ground) {
        if (!isAwaited(one, run)) {
            permits.leave();
            care.tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "not wanted any more"));
            return;
        }
        if (!means.audit().accepting()) {
            permits.leave();
            care.tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "the audit cannot take it now"));
            return;
        }
        String token = Tokens.minted();
        Secret inbound = care.inbound(one.id, run.start);
        var row = new StartTable.Row(
                one.id,
                run.start,
                run.engine.runtime().name(),
                TokenDigest.of(token),
                checks.hash(one.plan, run.engine),
                means.clock().millis(),
                one.parent() != null);
        Plan plan = one.plan;
        means.database()
                .write(connection -> {
                    care.table().store(connection, row);
                    return row;
                })
                .onSuccess(_ -> start(
                        one,
                        run,
                        row.token(),
                        inbound,
                        new Launch(
                                one.id,
                                run.start,
                                run.agent.program(),
                                plan.environment(ground, checks.meshPort(), token, inbound))))
                .onFailure(_ -> {
                    permits.leave();
                    care.tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "the store cannot take it now"));
                });
    }

    private void start(Supervised one, Run run, TokenDigest token, Secret inbound, Launch launch) {
        if (!isAwaited(one, run)) {
            permits.leave();
            care.tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "not wanted any more"));
            return;
        }
        run.admit(token, inbound);
        care.overlay();
        underWay++;
        run.engine
                .start(launch)
                .onSuccess(instance -> {
                    run.found(instance.id(), instance.address());
                    if (run.presence != null) {
                        care.overlay();
                        means.output().runs(one.id, run.engine.runtime(), instance.id());
                    }
                    name(one.id, run.start, instance.id());
                    care.tell(one, new Event.Launched(run.number));
                    if (earlyEnds.remove(instance.id())) {
                        care.ended(instance.id());
                    }
                })
                .onFailure(cause -> notLaunched(one, run, cause))
                .onComplete(_ -> answered());
    }

    private static boolean isAwaited(Supervised one, Run run) {
        return one.life.run() == run.number && one.life.occupant() == Life.Occupant.LAUNCHING;
    }

    private void notLaunched(Supervised one, Run run, Throwable cause) {
        run.engine.isToBlameFor(cause).onSuccess(byEngine -> {
            Event.Blame blame = byEngine ? Event.Blame.ENGINE : blame(cause);
            String why = String.valueOf(cause.getMessage());
            if (blame == Event.Blame.ENTRY && cause instanceof RuntimeFault fault) {
                care.record(
                        "agent.start",
                        one.id.value(),
                        "refused: " + why,
                        fault.kind().name());
            } else if (blame == Event.Blame.AGENT) {
                LOG.log(Level.WARNING, "start failed agent=" + one.id, cause);
            }
            care.tell(one, new Event.NotLaunched(run.number, blame, why));
        });
    }

    /// Where the engine is sound.
    private static Event.Blame blame(Throwable cause) {
        if (cause instanceof RuntimeFault fault) {
            return switch (fault.kind()) {
                case MISSING, UNCONFINED, UNSTARTABLE -> Event.Blame.ENTRY;
                case UNAVAILABLE -> Event.Blame.AGENT; // one start did not come through: worth another
            };
        }
        return Event.Blame.AGENT;
    }

    private void name(AgentId agent, String start, String instance) {
        means.database()
                .write(connection -> {
                    care.table().name(connection, agent, start, instance);
                    return agent;
                })
                .onFailure(cause -> LOG.log(Level.WARNING, "not stored: instance of agent=" + agent, cause));
    }
}
