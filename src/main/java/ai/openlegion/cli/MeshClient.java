package ai.openlegion.cli;

import ai.openlegion.config.Home;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A running mesh as an operator's client sees it: its control listener, found by the home's `data/ready.json` and
/// opened with the home's `data/control.token`.
final class MeshClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>; rel=\"next\"");

    private final Home home;
    private final Ready ready;
    private final String token;
    private final URI control;
    private final HttpClient http;

    private MeshClient(Home home, Ready ready, String token) {
        this.home = home;
        this.ready = ready;
        this.token = token;
        this.control = ready.control(home);
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    /// The mesh of this home.
    ///
    /// @throws CommandFailure when none runs, or its files cannot be read
    static MeshClient of(Home home) throws CommandFailure {
        Ready ready = Ready.read(home);
        if (ready == null || !ready.alive()) {
            throw notRunning(home);
        }
        Path file = home.data().resolve("control.token");
        try {
            return new MeshClient(home, ready, Files.readString(file).strip());
        } catch (NoSuchFileException missing) {
            throw CommandFailure.failed("there is no " + file + ", the operator's token; restart the mesh to make one");
        } catch (IOException unreadable) {
            throw CommandFailure.failed("cannot read " + file + ", the operator's token; run this as the mesh's user");
        }
    }

    long pid() {
        return ready.pid();
    }

    /// What the mesh answered.
    ///
    /// @param next where the list in the body goes on; null at its end
    record Answer(int status, String body, @Nullable String next) {
        boolean done() {
            return status >= 200 && status < 300;
        }

        JsonObject json() throws CommandFailure {
            try {
                return new JsonObject(body);
            } catch (DecodeException garbled) {
                throw garbled();
            }
        }

        JsonArray array() throws CommandFailure {
            try {
                return new JsonArray(body);
            } catch (DecodeException garbled) {
                throw garbled();
            }
        }

        private CommandFailure garbled() {
            return CommandFailure.failed("the mesh answered " + status + " with something that is not JSON");
        }
    }

    /// Asks and expects success.
    ///
    /// @param body the JSON to send, or null for none
    /// @throws CommandFailure with the mesh's own explanation when it refuses, or when it does not answer
    @CanIgnoreReturnValue
    Answer demand(String method, String path, @Nullable JsonObject body) throws CommandFailure {
        Answer answer = ask(method, path, body);
        if (!answer.done()) {
            throw refused(answer);
        }
        return answer;
    }

    /// Asks with a JSON text, of which not a digit changes on the way, and expects success.
    Answer demandExact(String method, String path, String json) throws CommandFailure {
        Answer answer = askExact(method, path, json);
        if (!answer.done()) {
            throw refused(answer);
        }
        return answer;
    }

    /// The failure that tells the operator what the mesh said no to.
    static CommandFailure refused(Answer answer) throws CommandFailure {
        String detail = answer.json().getString("detail", "no reason given");
        String hint = answer.status() == 401 ? " (data/control.token is not the running mesh's; was it replaced?)" : "";
        String message = "the mesh refused: " + detail + hint;
        boolean misused = answer.status() == 400 || answer.status() == 422;
        return misused ? CommandFailure.misused(message) : CommandFailure.failed(message);
    }

    /// Asks and returns whatever the mesh answers, refusals too.
    Answer ask(String method, String path, @Nullable JsonObject body) throws CommandFailure {
        return askExact(method, path, body == null ? null : body.encode());
    }

    private Answer askExact(String method, String path, @Nullable String body) throws CommandFailure {
        HttpRequest.Builder request = authorized(path)
                .timeout(PATIENCE)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response = exchange(request.build(), BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body(), next(response));
    }

    /// The lines of an event stream, as they come; to be closed.
    ///
    /// @throws CommandFailure with the mesh's own explanation when it refuses, or when it does not answer
    BufferedReader stream(String path) throws CommandFailure {
        // without a time limit: from some JDK on it counts to the end of the body, which here never comes
        HttpRequest request = authorized(path).build();
        HttpResponse<InputStream> response = exchange(request, BodyHandlers.ofInputStream());
        BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        if (response.statusCode() != 200) {
            throw refused(new Answer(response.statusCode(), lines.lines().collect(Collectors.joining("\n")), null));
        }
        return lines;
    }

    /// Asks for an answer that comes bit by bit: an event stream for a POST, text for a GET.
    ///
    /// @param body the JSON to send, or null for none
    LiveAnswer live(String method, String path, @Nullable JsonObject body) {
        HttpRequest.Builder request = authorized(path)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()));
        if (body != null) {
            request.header("Content-Type", "application/json").header("Accept", "text/event-stream");
        }
        return new LiveAnswer(http.sendAsync(request.build(), BodyHandlers.ofInputStream()));
    }

    private HttpRequest.Builder authorized(String path) {
        return HttpRequest.newBuilder(control.resolve(path)).header("Authorization", "Bearer " + token);
    }

    private <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> body) throws CommandFailure {
        try {
            return http.send(request, body);
        } catch (ConnectException nobody) {
            throw notRunning(home);
        } catch (IOException broken) {
            throw CommandFailure.failed("the mesh (pid " + ready.pid() + ") does not answer on control port "
                    + ready.controlPort() + "; see its log, or end it with kill " + ready.pid());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted");
        }
    }

    private static @Nullable String next(HttpResponse<?> response) {
        return response.headers()
                .firstValue("link")
                .map(NEXT::matcher)
                .filter(Matcher::matches)
                .map(link -> link.group(1))
                .orElse(null);
    }

    /// A text as one segment of a path or one value of a query.
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// Whether this mesh answers and takes calls, asked without a token.
    static boolean healthy(Home home, Ready ready) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(ready.control(home).resolve("/healthz"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static CommandFailure notRunning(Home home) {
        return CommandFailure.failed("no mesh is running on " + home.root()
                + "; start one with: openlegion start --home " + home.root() + " (or name another home with --home)");
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
