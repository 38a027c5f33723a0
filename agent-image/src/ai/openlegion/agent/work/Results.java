package ai.openlegion.agent.work;

import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.mesh.Reply;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.logging.Logger;

/// Tells the mesh the results of tasks, and keeps trying for half an hour while it is away; `GET /result` has them
/// meanwhile and after.
public final class Results {

    private static final Logger LOG = Logger.getLogger(Results.class.getName());
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final int TRIES = 64;

    private final Mesh mesh;
    private final Time time;

    public Results(Mesh mesh, Time time) {
        this.mesh = mesh;
        this.time = time;
    }

    /// Sends it from a thread of its own.
    public void send(Map<String, Object> payload) {
        var _ = Thread.ofVirtual().name("result").start(() -> deliver(payload));
    }

    private void deliver(Map<String, Object> payload) {
        Map<String, Object> message = Map.of("to", "orchestrator", "type", "task_result", "payload", payload);
        Duration wait = FIRST_WAIT;
        try {
            for (int i = 0; i < TRIES; i++) {
                try {
                    Reply reply = mesh.post("/mesh/message", message, DEADLINE);
                    if (reply.isOk()) {
                        return;
                    }
                    if (reply.status() < 500 && reply.status() != 429) {
                        LOG.warning("agent.result_refused status=" + reply.status());
                        return;
                    }
                } catch (IOException away) {
                    LOG.fine("agent.result_waits");
                }
                time.pause(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
            LOG.warning("agent.result_undelivered tries=" + TRIES);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
