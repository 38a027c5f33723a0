package ai.openlegion.runtime.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One conversation with the engine: docker-java's commands, and the JSON on the wire where its model leaves things
/// out.
///
/// What is asked of a container and what the engine shows of it must be compared field by field, those included that
/// docker-java does not know. Every call blocks its thread; an interrupt ends it.
final class Talk {

    /// Beyond any answer that is read here whole.
    private static final int ANSWER_MAX = 16 << 20;

    private final DockerHttpClient http;
    private final DockerClient docker;

    Talk(DockerHttpClient http, DockerClient docker) {
        this.http = http;
        this.docker = docker;
    }

    /// What docker-java has a command for.
    DockerClient docker() {
        return docker;
    }

    JsonObject get(String path) throws IOException {
        return object(call(Request.Method.GET, path, null));
    }

    void close() {
        try {
            http.close();
        } catch (IOException alreadyGone) {
            // nothing is left to close
        }
    }

    /// Fails unless the engine answers at all.
    void ping() throws IOException {
        var _ = call(Request.Method.GET, "/_ping", null);
    }

    JsonObject post(String path, JsonObject body) throws IOException {
        return object(call(Request.Method.POST, path, body));
    }

    /// What there is at a path; nothing where there is no such thing.
    Optional<JsonObject> find(String path) throws IOException {
        try {
            return Optional.of(get(path));
        } catch (EngineException refused) {
            if (refused.status() == 404) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    /// An answer that is read as it comes.
    ///
    /// @throws EngineException when the engine refuses
    Response open(Request.Method method, String path, @Nullable JsonObject body) throws IOException {
        Response response = http.execute(request(method, path, body));
        if (response.getStatusCode() >= 400) {
            try (response) {
                throw new EngineException(response.getStatusCode(), reason(read(response)));
            }
        }
        return response;
    }

    /// A value for the query of a path.
    static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private byte[] call(Request.Method method, String path, @Nullable JsonObject body) throws IOException {
        try (Response response = http.execute(request(method, path, body))) {
            byte[] answer = read(response);
            if (response.getStatusCode() >= 400) {
                throw new EngineException(response.getStatusCode(), reason(answer));
            }
            return answer;
        }
    }

    private static Request request(Request.Method method, String path, @Nullable JsonObject body) {
        var request = Request.builder().method(method).path(path);
        if (method == Request.Method.POST) {
            byte[] bytes = body == null ? new byte[0] : body.toBuffer().getBytes();
            return request.putAllHeaders(Map.of("Content-Type", "application/json"))
                    .body(new ByteArrayInputStream(bytes))
                    .build();
        }
        return request.build();
    }

    private static byte[] read(Response response) throws IOException {
        InputStream body = response.getBody();
        byte[] answer = body.readNBytes(ANSWER_MAX + 1);
        if (answer.length > ANSWER_MAX) {
            throw new EngineException(0, "the engine's answer is too long");
        }
        return answer;
    }

    private static JsonObject object(byte[] answer) throws IOException {
        try {
            return answer.length == 0 ? new JsonObject() : new JsonObject(Buffer.buffer(answer));
        } catch (DecodeException _) {
            throw new EngineException(0, "the engine's answer is no JSON");
        }
    }

    private static String reason(byte[] answer) {
        try {
            return Fault.words(new JsonObject(Buffer.buffer(answer)).getString("message", ""));
        } catch (DecodeException | ClassCastException other) {
            return Fault.words(new String(answer, StandardCharsets.UTF_8));
        }
    }
}
