package ai.openlegion.agent.work;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.mesh.Reply;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
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
    private static final int REFUSALS = 8;
    private static final int TOO_LARGE = 413;

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
        Map<String, Object> told = payload;
        Duration wait = FIRST_WAIT;
        int refusals = 0;
        try {
            for (int i = 0; i < TRIES && refusals < REFUSALS; i++) {
                try {
                    Reply reply = mesh.post(
                            "/mesh/message",
                            Map.of("to", "orchestrator", "type", "task_result", "payload", told),
                            DEADLINE);
                    if (reply.isOk() && reply.members().truth("delivered").orElse(true)) {
                        return;
                    }
                    if (reply.status() == TOO_LARGE) {
                        told = tooLarge(payload);
                    }
                    // not delivered: the mesh may not know yet, after a restart, who has which task
                    refusals += reply.status() < 500 && reply.status() != 429 ? 1 : 0;
                    LOG.warning("agent.result_refused status=" + reply.status());
                } catch (IOException away) {
                    LOG.fine("agent.result_waits");
                }
                time.pause(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
            LOG.warning("agent.result_undelivered");
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private static Map<String, Object> tooLarge(Map<String, Object> payload) {
        Map<String, Object> failed = new LinkedHashMap<>(payload);
        failed.put("status", "failed");
        failed.put("result", Json.NULL);
        failed.put("error", "The result is larger than the mesh takes");
        failed.put("promote_to_blackboard", Map.of());
        return failed;
    }
}
