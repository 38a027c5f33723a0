package ai.openlegion.runtime.process;

import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.process.Quarters.Place;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// An agent's process, with the guardian that ends all that came of it.
///
/// @param id by which the runtime knows it
/// @param port it was told to listen on
/// @param listener takes over what it writes
/// @param ended completes when neither its program nor anything it started is left
record Child(
        String id,
        AgentId agent,
        Place place,
        int port,
        OutputFile output,
        Process program,
        Process guardian,
        Thread listener,
        CompletableFuture<Void> ended) {

    /// How long the kernel may take to end what is killed.
    private static final Duration KILL = Duration.ofSeconds(10);

    /// How the program is, or how it ended.
    Condition condition() {
        if (program.isAlive()) {
            return Condition.RUNNING;
        }
        int code = program.exitValue();
        return code > 128 && code < 160
                ? new Condition(false, false, "killed by signal " + (code - 128))
                : Condition.exited(code);
    }

    /// Ends it in peace, and after a while by force; completes as [#ended] does.
    CompletableFuture<Void> end(Duration grace) {
        // not Process.destroy, which also closes the pipe that its last words go through
        program.toHandle().destroy();
        var _ = program.onExit()
                .thenAccept(_ -> {})
                .completeOnTimeout(null, grace.toMillis(), TimeUnit.MILLISECONDS)
                .thenRun(this::kill);
        return ended;
    }

    /// Tells the guardian to kill whatever is left.
    void kill() {
        try {
            guardian.getOutputStream().close();
        } catch (IOException closed) {
            // it has gone; then so has what it guarded, or the kernel's signal on the mesh's end remains
            program.toHandle().destroyForcibly();
        }
    }

    /// Waits until nothing is left; blocks for some seconds at most.
    void sweep() throws InterruptedException {
        kill();
        if (!guardian.waitFor(KILL.toMillis(), TimeUnit.MILLISECONDS)) {
            guardian.destroyForcibly();
        }
        program.toHandle().destroyForcibly();
        var _ = program.waitFor(KILL.toMillis(), TimeUnit.MILLISECONDS);
        var _ = listener.join(KILL);
    }
}
