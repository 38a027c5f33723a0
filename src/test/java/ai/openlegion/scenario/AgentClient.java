package ai.openlegion.scenario;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An agent as it uses the fabric: plain HTTP/1.1 with its own token, against whatever mesh listens on the port.
record AgentClient(String id, int port, String token) {

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    static AgentClient of(Mesh mesh, String agent) {
        return new AgentClient(agent, mesh.port(), mesh.token(agent));
    }

    /// Any request; `body` null = none.
    Reply request(String method, String path, @Nullable String body) {
        try {
            return Reply.of(HTTP.send(builder(method, path, body).build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /// A request with one more header.
    Reply post(String path, String body, String header, String value) {
        try {
            return Reply.of(HTTP.send(
                    builder("POST", path, body).header(header, value).build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private HttpRequest.Builder builder(String method, String path, @Nullable String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(45))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + token)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
    }

    Reply put(String key, JsonObject value) {
        return request("PUT", "/mesh/blackboard/" + key, value.encode());
    }

    Reply get(String key) {
        return request("GET", "/mesh/blackboard/" + key, null);
    }

    Reply delete(String key) {
        return request("DELETE", "/mesh/blackboard/" + key, null);
    }

    /// A page of entries; `query` as it stands behind the question mark.
    Reply list(String query) {
        return request("GET", "/mesh/blackboard/?" + query, null);
    }

    /// The keys of a page of entries.
    List<String> keys(String query) {
        return list(query).array().stream()
                .map(entry -> ((JsonObject) entry).getString("key"))
                .toList();
    }

    Reply claim(String key, JsonObject value, long expectedVersion) {
        return post(
                "/mesh/blackboard/claim",
                new JsonObject().put("key", key).put("value", value).put("expected_version", expectedVersion));
    }

    Reply watch(String pattern) {
        return post("/mesh/blackboard/watch", new JsonObject().put("pattern", pattern));
    }

    Reply publish(String topic, JsonObject payload) {
        return post("/mesh/publish", new JsonObject().put("topic", topic).put("payload", payload));
    }

    Reply subscribe(String topic) {
        return request("POST", "/mesh/subscribe?topic=" + topic, null);
    }

    Reply unsubscribe(String topic) {
        return request("DELETE", "/mesh/subscribe?topic=" + topic, null);
    }

    Reply message(String to, JsonObject payload) {
        return post(
                "/mesh/message",
                new JsonObject().put("to", to).put("type", "note").put("payload", payload));
    }

    Reply register() {
        return post("/mesh/register", new JsonObject().put("capabilities", new JsonArray().add("testing")));
    }

    /// The items behind a place; waits up to `waitSeconds` for a first one.
    Reply poll(long after, int waitSeconds) {
        return request("GET", "/mesh/inbox?after=" + after + "&wait=" + waitSeconds + "&limit=1000", null);
    }

    /// The items behind a place, now.
    List<JsonObject> items(long after) {
        return items(poll(after, 0));
    }

    static List<JsonObject> items(Reply poll) {
        if (poll.status() != 200) {
            throw new AssertionError("the poll was answered " + poll.status() + " " + poll.body());
        }
        return poll.json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /// The items behind a place once there are at least so many of them.
    List<JsonObject> awaitItems(long after, int count) {
        Eventually.until(
                count + " items in the inbox of " + id, () -> items(after).size() >= count);
        return items(after);
    }

    Reply ack(long upTo) {
        return post("/mesh/inbox/ack", new JsonObject().put("up_to", upTo));
    }

    Reply cron(String schedule, String message) {
        return post("/mesh/cron", new JsonObject().put("schedule", schedule).put("message", message));
    }

    Reply post(String path, JsonObject body) {
        return request("POST", path, body.encode());
    }

    /// A stream of events from its beginning.
    EventSource events(String path) {
        return open(builder("GET", path, null));
    }

    /// The inbox as a stream of events, from where a client that has seen `lastEventId` would go on; null = from the
    /// start.
    EventSource stream(@Nullable Long lastEventId) {
        HttpRequest.Builder request = builder("GET", "/mesh/inbox/stream", null);
        if (lastEventId != null) {
            request.header("last-event-id", Long.toString(lastEventId));
        }
        return open(request);
    }

    private static EventSource open(HttpRequest.Builder request) {
        try {
            HttpResponse<InputStream> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            return new EventSource(response);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
