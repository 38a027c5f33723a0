package ai.openlegion.agent.work;

import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.mesh.Reply;
import ai.openlegion.agent.self.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;

/// Tells the mesh that this agent is up, for as long as it takes, and again after the mesh was away.
public final class Registration {

    private static final Logger LOG = Logger.getLogger(Registration.class.getName());
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    /// How often it looks whether the mesh is still there.
    private static final Duration WATCH = Duration.ofSeconds(15);

    private final Mesh mesh;
    private final Time time;
    private final Map<String, Object> body;
    private volatile boolean registered;

    /// @param port where this agent listens
    public Registration(Mesh mesh, Time time, List<String> capabilities, int port) {
        this.mesh = mesh;
        this.time = time;
        body = Map.of("capabilities", capabilities, "port", port);
    }

    public boolean isRegistered() {
        return registered;
    }

    /// Registers, then watches the mesh and registers again when it comes back; until interrupted.
    public void keep() throws InterruptedException {
        while (true) {
            register();
            while (registered) {
                time.pause(WATCH);
                registered = isThere();
            }
        }
    }

    private void register() throws InterruptedException {
        Duration wait = FIRST_WAIT;
        while (!registered) {
            String why;
            try {
                Reply reply = mesh.post("/mesh/register", body, DEADLINE);
                registered = reply.isOk();
                why = "status=" + reply.status();
            } catch (IOException away) {
                why = "cause=" + away.getClass().getSimpleName();
            }
            if (registered) {
                LOG.info("agent.registered");
            } else {
                LOG.warning("agent.not_registered " + why + " wait_seconds=" + wait.toSeconds());
                time.pause(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        }
    }

    private boolean isThere() throws InterruptedException {
        try {
            return mesh.get("/healthz", DEADLINE).isOk();
        } catch (IOException away) {
            return false;
        }
    }
}
