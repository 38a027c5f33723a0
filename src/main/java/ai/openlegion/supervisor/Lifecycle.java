package ai.openlegion.supervisor;

import java.util.ArrayList;
import java.util.List;

/// How one agent lives: from where it stands and what happens follow where it stands then and what is to be done.
///
/// A value: [#on] leaves it as it is. Times are milliseconds of the mesh's clock.
final class Lifecycle extends Life {

    /// Between two looks at an agent that is just starting.
    static final long STARTING_LOOK_MILLIS = 250;

    /// Before what resists its removal is removed again.
    static final long STOP_AGAIN_MILLIS = 10_000;

    /// An end so shortly before its engine was lost is the engine's doing.
    static final long ENGINE_DYING_MILLIS = 15_000;

    /// Where it stands after an event, and what is to be done.
    record Step(Lifecycle next, List<Effect> effects) {}

    private final List<Effect> effects = new ArrayList<>();

    private Lifecycle(SupervisorSettings settings, boolean hasServer) {
        super(settings, hasServer);
    }

    private Lifecycle(Lifecycle other, boolean hasServer) {
        super(other, hasServer);
    }

    /// An agent of which there is nothing.
    ///
    /// @param hasServer whether it answers `GET /status`; another one is ready as long as it runs
    static Lifecycle absent(SupervisorSettings settings, boolean hasServer) {
        return new Lifecycle(settings, hasServer);
    }

    /// The same for a program that does or does not answer.
    Lifecycle of(boolean server) {
        return server == hasServer ? this : new Lifecycle(this, server);
    }

    /// What follows from an event.
    Step on(Event event, long now) {
        Lifecycle next = new Lifecycle(this, hasServer);
        next.apply(event, now);
        return new Step(next, List.copyOf(next.effects));
    }

    private void apply(Event event, long now) {
        switch (event) {
            case Event.Wanted() -> want(now);
            case Event.Unwanted(String reason) -> retire(Wish.REST, reason);
            case Event.Removed(String reason) -> retire(Wish.LEAVE, reason);
            case Event.Renewed(String reason) -> renew(reason, now);
            case Event.Unfit(String reason) -> {
                wish = Wish.RUN;
                end(AgentState.FAILED, reason);
            }
            case Event.Adopted(boolean known, long since) -> adopt(known, since, now);
            case Event.Launched(long of) -> launched(of, now);
            case Event.NotLaunched(long of, Event.Blame blame, String reason) -> notLaunched(of, blame, reason, now);
            case Event.Came(long of) -> came(of, now);
            case Event.Passed(long of) -> passed(of, now);
            case Event.Missed(long of, String reason) -> missed(of, reason, now);
            case Event.Ended(long of, boolean finished, boolean byEngine, String reason) -> {
                if (runs(of)) {
                    ended(finished, byEngine, reason, now);
                }
            }
            case Event.Overfull(long of, String reason) -> {
                if (runs(of)) {
                    end(AgentState.FAILED, reason);
                }
            }
            case Event.Gone(long of) -> {
                if (of == run && occupant == Occupant.ENDING) {
                    vacate(now);
                }
            }
            case Event.Resisted(long of) -> {
                if (of == run && occupant == Occupant.ENDING) {
                    checkAt = now + STOP_AGAIN_MILLIS;
                    checking = false;
                }
            }
            case Event.EngineLost(String reason) -> loseEngine(reason, now);
            case Event.EngineBack() -> regainEngine(now);
            case Event.TaskBegun() -> work(true);
            case Event.TaskOver() -> work(false);
            case Event.Tick() -> tick(now);
        }
    }

    private void want(long now) {
        if (wish == Wish.LEAVE) {
            return;
        }
        wish = Wish.RUN;
        if (state == AgentState.FAILED) {
            lately = Restarts.NONE;
        }
        if (isAdmitted()) {
            return;
        }
        state = AgentState.RESTARTING;
        retryAt = now;
        goOn(now);
    }

    private void retire(Wish next, String reason) {
        if (wish == Wish.LEAVE) {
            return;
        }
        wish = next;
        end(AgentState.STOPPING, reason);
        if (occupant == Occupant.NONE) {
            rest();
        }
    }

    private void renew(String reason, long now) {
        if (wish != Wish.RUN) {
            return;
        }
        if (state == AgentState.FAILED) {
            lately = Restarts.NONE;
        }
        if (isAdmitted()) {
            restarts++;
        }
        retryAt = now;
        end(AgentState.RESTARTING, reason);
        goOn(now);
    }

    private void adopt(boolean known, long since, long now) {
        if (occupant == Occupant.NONE && state == AgentState.ABSENT && wish != Wish.LEAVE) {
            wish = Wish.RUN;
            run++;
            begin(now);
            registered = known;
            startedAt = since;
            occupant = Occupant.RUNNING;
            state = AgentState.STARTING;
            readyBy = now + settings.startSeconds() * 1000L;
            checkAt = now;
        }
    }

    private void launch(long now) {
        run++;
        begin(now);
        occupant = Occupant.LAUNCHING;
        state = AgentState.CREATING;
        effects.add(new Effect.Launch(run));
    }

    private void begin(long now) {
        registered = false;
        answered = false;
        wasReady = false;
        checking = false;
        checkAgain = false;
        failures = 0;
        startedAt = now;
        measureAt = now + settings.healthSeconds() * 1000L;
        why = "";
    }

    private void launched(long of, long now) {
        if (of != run) {
            return;
        }
        if (occupant == Occupant.DOOMED) {
            occupant = Occupant.ENDING;
            checkAt = Long.MAX_VALUE;
            effects.add(new Effect.Stop(run));
        } else if (occupant == Occupant.LAUNCHING) {
            occupant = Occupant.RUNNING;
            state = engineLost ? AgentState.UNHEALTHY : AgentState.STARTING;
            readyBy = now + settings.startSeconds() * 1000L;
            checkAt = now;
        }
    }

    private void notLaunched(long of, Event.Blame blame, String reason, long now) {
        boolean doomed = occupant == Occupant.DOOMED;
        if (of != run || (!doomed && occupant != Occupant.LAUNCHING)) {
            return;
        }
        if (!doomed) {
            effects.add(new Effect.Revoke(run));
        }
        occupant = Occupant.NONE;
        if (doomed || wish != Wish.RUN || state == AgentState.FAILED) {
            vacate(now);
            return;
        }
        why = reason;
        switch (blame) {
            case AGENT -> restart(true, reason, now);
            case ENTRY -> state = AgentState.FAILED;
            case MESH -> {
                state = AgentState.RESTARTING;
                retryAt = now + Restarts.NONE.backOffMillis(settings);
            }
            case ENGINE -> {
                state = AgentState.UNHEALTHY;
                retryAt = now;
                engineLost = true;
            }
        }
    }

    private void came(long of, long now) {
        // only once a run: what an agent may say as often as it likes must not cost a look each time
        if (of == run && isAdmitted() && !registered) {
            registered = true;
            checkAgain = checking;
            checkAt = Math.min(checkAt, now);
            settle();
        }
    }

    private void passed(long of, long now) {
        if (runs(of)) {
            checking = false;
            answered = true;
            failures = 0;
            checkAt = now + (isSettled() ? settings.healthSeconds() * 1000L : STARTING_LOOK_MILLIS);
            settle();
        }
    }

    private void missed(long of, String reason, long now) {
        if (!runs(of)) {
            return;
        }
        checking = false;
        checkAt = now + (wasReady ? settings.healthSeconds() * 1000L : checkAgain ? 0 : STARTING_LOOK_MILLIS);
        checkAgain = false;
        why = reason;
        if (!wasReady || engineLost) {
            return;
        }
        failures++;
        state = AgentState.UNHEALTHY;
        if (failures >= settings.healthFailures()) {
            restart(true, reason, now);
        }
    }

    private void ended(boolean finished, boolean byEngine, String reason, long now) {
        if (finished && !hasServer) {
            wish = Wish.REST;
            end(AgentState.STOPPING, "finished");
        } else {
            restart(!byEngine, reason, now);
        }
    }

    private void loseEngine(String reason, long now) {
        engineLost = true;
        if (occupant == Occupant.RUNNING) {
            state = AgentState.UNHEALTHY;
            why = reason;
            checking = false;
        } else if (state == AgentState.RESTARTING && lately.hasOneSince(now - ENGINE_DYING_MILLIS)) {
            lately = lately.withoutLast();
            retryAt = now;
        }
    }

    private void regainEngine(long now) {
        if (!engineLost) {
            return;
        }
        engineLost = false;
        failures = 0;
        if (occupant == Occupant.RUNNING) {
            readyBy = now + settings.startSeconds() * 1000L;
            checkAt = now;
        } else if (occupant == Occupant.ENDING && checkAt != Long.MAX_VALUE) {
            checkAt = now;
        } else {
            goOn(now);
        }
    }

    private void work(boolean begun) {
        working = begun;
        if (state == AgentState.READY || state == AgentState.BUSY) {
            settle();
        }
    }

    private void tick(long now) {
        switch (occupant) {
            case RUNNING -> watch(now);
            case ENDING -> {
                if (now >= checkAt) {
                    checkAt = Long.MAX_VALUE;
                    effects.add(new Effect.Stop(run));
                }
            }
            case NONE -> goOn(now);
            case LAUNCHING, DOOMED -> {}
        }
    }

    private void watch(long now) {
        if (engineLost) {
            return;
        }
        if (!wasReady && now >= readyBy) {
            String missing =
                    answered ? "it has not registered" : "it does not answer" + (why.isEmpty() ? "" : ": " + why);
            restart(true, "not ready within " + settings.startSeconds() + " s: " + missing, now);
        } else if (!checking && now >= checkAt) {
            checking = true;
            boolean whole = wasReady || !hasServer || now >= measureAt;
            if (whole) {
                measureAt = now + settings.healthSeconds() * 1000L;
            }
            effects.add(new Effect.Check(run, whole));
        }
    }

    /// Makes way for another start, after a while where it counts; too many of those, and it has failed.
    private void restart(boolean counts, String reason, long now) {
        Restarts before = lately.since(now);
        if (counts && before.count() >= settings.restartsPerHour()) {
            end(AgentState.FAILED, reason + "; it was started again " + before.count() + " times within an hour");
            return;
        }
        retryAt = counts ? now + before.backOffMillis(settings) : now;
        lately = counts ? before.and(now) : before;
        restarts++;
        end(AgentState.RESTARTING, reason);
    }

    /// Closes the door to what there is, and has it removed.
    private void end(AgentState next, String reason) {
        state = next;
        why = reason;
        if (!isAdmitted()) {
            return;
        }
        effects.add(new Effect.Revoke(run));
        if (occupant == Occupant.RUNNING) {
            occupant = Occupant.ENDING;
            checkAt = Long.MAX_VALUE;
            effects.add(new Effect.Stop(run));
        } else {
            occupant = Occupant.DOOMED;
        }
    }

    private void vacate(long now) {
        occupant = Occupant.NONE;
        if (wish == Wish.RUN) {
            goOn(now);
        } else {
            rest();
        }
    }

    private void rest() {
        state = AgentState.ABSENT;
        if (wish == Wish.LEAVE) {
            effects.add(new Effect.Forget());
        }
    }

    private void goOn(long now) {
        boolean waits = state == AgentState.RESTARTING || state == AgentState.UNHEALTHY;
        if (occupant == Occupant.NONE && wish == Wish.RUN && waits && now >= retryAt) {
            if (engineLost) {
                state = AgentState.UNHEALTHY;
            } else {
                launch(now);
            }
        }
    }

    private void settle() {
        if (occupant == Occupant.RUNNING && isSettled() && failures == 0 && !engineLost) {
            state = working ? AgentState.BUSY : AgentState.READY;
            wasReady = true;
            why = "";
        }
    }
}
