package ai.openlegion.scenario;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The agents that a mesh runs as processes, as the operator sees them and as their machine does.
record RunAgents(Mesh mesh) {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /// How the operator sees an agent; null where there is none.
    @Nullable
    JsonObject find(String agent) {
        JsonArray all =
                new JsonArray(mesh.control("GET", "/control/agents", null).body());
        return all.stream()
                .map(JsonObject.class::cast)
                .filter(each -> each.getString("id").equals(agent))
                .findFirst()
                .orElse(null);
    }

    int restarts(String agent) {
        JsonObject found = find(agent);
        return found == null ? -1 : found.getInteger("restarts");
    }

    String state(String agent) {
        JsonObject found = find(agent);
        return found == null ? "none" : found.getString("state");
    }

    void await(String agent, String state) {
        Eventually.until(
                agent + " is " + state,
                Duration.ofSeconds(60),
                () -> state(agent).equals(state));
    }

    /// Of its program.
    long pid(String agent) {
        JsonObject found = find(agent);
        String instance = found == null ? "" : found.getString("container", "");
        return Long.parseLong(instance.substring(0, instance.indexOf('-')));
    }

    /// The token it was started with, as its process has it.
    String token(String agent) {
        return environment(agent, "MESH_AUTH_TOKEN");
    }

    String environment(String agent, String name) {
        try {
            for (String entry : Files.readString(Path.of("/proc/" + pid(agent) + "/environ"))
                    .split("\0")) {
                if (entry.startsWith(name + "=")) {
                    return entry.substring(name.length() + 1);
                }
            }
            throw new AssertionError("no " + name + " in the environment of " + agent);
        } catch (IOException unreadable) {
            throw new AssertionError("the process of " + agent + " cannot be read", unreadable);
        }
    }

    /// A request to the mesh by whoever holds this token.
    Reply request(String token, String method, String path, @Nullable JsonObject body) {
        return mesh.send(builder(token, path)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.encode())));
    }

    EventStream stream(String token, JsonObject chat) throws IOException, InterruptedException {
        HttpRequest request = builder(token, "/v1/chat/completions")
                .POST(HttpRequest.BodyPublishers.ofString(
                        chat.copy().put("stream", true).encode()))
                .build();
        return new EventStream(HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream()));
    }

    private HttpRequest.Builder builder(String token, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.port() + path))
                .timeout(Duration.ofSeconds(30))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + token);
    }

    void order(String agent, String order) {
        Reply reply = mesh.control("POST", "/control/agents/" + agent + '/' + order, null);
        if (reply.status() != 202) {
            throw new AssertionError(order + " of " + agent + ": " + reply.status() + ' ' + reply.body());
        }
    }
}
