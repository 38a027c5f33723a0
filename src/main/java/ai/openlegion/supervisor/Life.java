package ai.openlegion.supervisor;

/// What there is to know of one agent's life at one moment; [Lifecycle] says how it goes on.
abstract class Life {

    /// What is wanted of the agent.
    enum Wish {
        RUN,
        REST,
        LEAVE
    }

    /// What there is of the agent's current run.
    enum Occupant {
        NONE,
        LAUNCHING,
        RUNNING,
        /// Being launched still, and ended as soon as it is there.
        DOOMED,
        ENDING
    }

    /* Written by the copy that Lifecycle.on makes, and never after it was handed out. */
    final SupervisorSettings settings;
    final boolean hasServer;

    AgentState state = AgentState.ABSENT;
    Wish wish = Wish.REST;
    Occupant occupant = Occupant.NONE;
    long run;
    boolean registered;
    boolean answered;
    boolean wasReady;
    boolean working;
    boolean engineLost;
    boolean checking;
    boolean checkAgain;
    int failures;
    int restarts;
    long checkAt;
    long measureAt;
    long readyBy;
    long retryAt;
    long startedAt;
    String why = "";
    Restarts lately = Restarts.NONE;

    Life(SupervisorSettings settings, boolean hasServer) {
        this.settings = settings;
        this.hasServer = hasServer;
    }

    Life(Life other, boolean hasServer) {
        this(other.settings, hasServer);
        state = other.state;
        wish = other.wish;
        occupant = other.occupant;
        run = other.run;
        registered = other.registered;
        answered = other.answered;
        wasReady = other.wasReady;
        working = other.working;
        engineLost = other.engineLost;
        checking = other.checking;
        checkAgain = other.checkAgain;
        failures = other.failures;
        restarts = other.restarts;
        checkAt = other.checkAt;
        measureAt = other.measureAt;
        readyBy = other.readyBy;
        retryAt = other.retryAt;
        startedAt = other.startedAt;
        why = other.why;
        lately = other.lately;
    }

    AgentState state() {
        return state;
    }

    Occupant occupant() {
        return occupant;
    }

    /// The number of the current run, or of the last one.
    long run() {
        return run;
    }

    /// Whether this run's token opens the door.
    final boolean isAdmitted() {
        return occupant == Occupant.LAUNCHING || occupant == Occupant.RUNNING;
    }

    /// Whether somebody wants it to run.
    boolean isWanted() {
        return wish == Wish.RUN;
    }

    /// Whether it never comes back.
    boolean isLeaving() {
        return wish == Wish.LEAVE;
    }

    int restarts() {
        return restarts;
    }

    /// Of the current run; 0 where there is none.
    long startedAt() {
        return occupant == Occupant.NONE ? 0 : startedAt;
    }

    /// Why it is not ready; empty where it is.
    String why() {
        return why;
    }

    final boolean runs(long of) {
        return of == run && occupant == Occupant.RUNNING;
    }

    final boolean isSettled() {
        return answered && (registered || !hasServer);
    }
}
