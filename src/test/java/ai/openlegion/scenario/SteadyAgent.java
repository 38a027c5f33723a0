package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// An agent that does its work at a constant rate while others misbehave; every call of it is to succeed.
final class SteadyAgent {

    private static final int EVERY_MILLIS = 20;

    private final Mesh mesh;
    private final String agent;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger calls = new AtomicInteger();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    private SteadyAgent(Mesh mesh, String agent) {
        this.mesh = mesh;
        this.agent = agent;
    }

    static SteadyAgent start(Mesh mesh, String agent) {
        var steady = new SteadyAgent(mesh, agent);
        var _ = steady.clock.scheduleAtFixedRate(steady::call, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        return steady;
    }

    private void call() {
        try {
            Reply reply = mesh.chat(agent, Chat.with("tokens=3"));
            if (reply.status() != 200) {
                failures.add(reply.status() + " " + reply.body());
            }
        } catch (RuntimeException broken) {
            failures.add(broken.toString());
        }
        calls.incrementAndGet();
    }

    /// How many calls have been answered.
    int calls() {
        return calls.get();
    }

    /// Waits for so many more calls.
    void goesOnFor(int more) {
        int until = calls() + more;
        Eventually.until("the agent goes on working", () -> calls() >= until);
    }

    /// Ends; every call must have succeeded. Returns how many there were.
    int stop() throws InterruptedException {
        clock.shutdown();
        assertThat(clock.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(failures).isEmpty();
        return calls();
    }
}
