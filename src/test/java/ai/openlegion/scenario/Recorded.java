package ai.openlegion.scenario;

import io.vertx.core.json.JsonObject;
import java.util.List;

/// What a mesh's audit has recorded, as an operator reads it.
final class Recorded {

    private Recorded() {}

    /// The entries of an agent for an action, the oldest first.
    static List<JsonObject> of(Mesh mesh, String agent, String action) {
        String path = "/control/events?after=0&follow=false&agent=" + agent + "&action=" + action;
        return mesh.control("GET", path, null)
                .body()
                .lines()
                .filter(line -> line.startsWith("data:"))
                .map(line -> new JsonObject(line.substring(5)))
                .toList();
    }

    /// The same once one of them was decided so; the audit is written behind.
    static List<JsonObject> decided(Mesh mesh, String agent, String action, String decision) {
        Eventually.until(
                agent + " " + action + " " + decision,
                () -> of(mesh, agent, action).stream()
                        .anyMatch(each -> each.getString("decision").equals(decision)));
        return of(mesh, agent, action);
    }
}
