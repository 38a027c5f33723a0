package ai.openlegion.scenario;

import ai.openlegion.host.InProcessMesh;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A mesh whose time stands still until the test moves it: real sockets and store, in the test's own process.
final class ClockedMesh implements AutoCloseable {

    private final MeshHome home;
    private final AtomicReference<Instant> time;
    private InProcessMesh mesh;

    private ClockedMesh(MeshHome home, AtomicReference<Instant> time) {
        this.home = home;
        this.time = time;
        mesh = InProcessMesh.start(home.root(), clock());
    }

    static ClockedMesh start(MeshHome home, String at) {
        return new ClockedMesh(home.write(), new AtomicReference<>(Instant.parse(at)));
    }

    private InstantSource clock() {
        return time::get;
    }

    void advance(Duration by) {
        time.set(time.get().plus(by));
    }

    /// Sets the clock, forwards or back.
    void set(String instant) {
        time.set(Instant.parse(instant));
    }

    /// Stops the mesh; its clock can be moved unseen.
    void stop() {
        mesh.close();
    }

    /// Starts it again on what it left.
    void startAgain() {
        mesh = InProcessMesh.start(home.root(), clock());
    }

    AgentClient client(String agent) {
        return new AgentClient(agent, mesh.port(), mesh.token(agent));
    }

    /// A request of the operator.
    Reply control(String method, String path, @Nullable JsonObject body) {
        return new AgentClient("operator", mesh.controlPort(), mesh.operatorToken())
                .request(method, path, body == null ? null : body.encode());
    }

    /// The latest entries of the audit that an agent caused, once there are that many.
    List<JsonObject> audited(String agent, int count) {
        AgentClient operator = new AgentClient("operator", mesh.controlPort(), mesh.operatorToken());
        try (EventSource events = operator.events("/control/events?after=0&agent=" + agent)) {
            return events.next(count).stream().map(EventSource.Event::item).toList();
        }
    }

    @Override
    public void close() throws IOException {
        mesh.close();
        home.delete();
    }
}
