package ai.openlegion.agent.mesh;

import ai.openlegion.agent.json.Json;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The mesh as this agent calls it: always with its token, never for longer than a deadline, never more than so many
/// bytes. An interrupt ends a call at once.
public final class Mesh implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final long MOST_BYTES = 4L << 20;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final URI address;
    private final String token;

    /// @param address without a slash at its end
    public Mesh(URI address, String token) {
        this.address = address;
        this.token = token;
    }

    /// Asks and reads the whole answer, of at most 4 MiB.
    ///
    /// @param path raw path and query, with its slash; what stands in it must be percent-encoded by the caller
    /// @throws IOException if there is no whole answer before the deadline, or it is larger
    public Reply call(String method, String path, Optional<Object> body, Duration deadline)
            throws IOException, InterruptedException {
        return call(method, path, body, Map.of(), deadline);
    }

    /// The same with more headers.
    public Reply call(
            String method, String path, Optional<Object> body, Map<String, String> headers, Duration deadline)
            throws IOException, InterruptedException {
        return whole(request(method, path, body, headers), deadline);
    }

    private Reply whole(HttpRequest request, Duration deadline) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = await(
                client.sendAsync(
                        request,
                        HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MOST_BYTES)),
                deadline);
        return new Reply(response.statusCode(), response.headers(), response.body());
    }

    /// Sends a text as it is, with headers that say what it is, and reads the whole answer.
    public Reply send(
            String method, String path, Optional<String> text, Map<String, String> headers, Duration deadline)
            throws IOException, InterruptedException {
        HttpRequest.BodyPublisher body =
                text.map(HttpRequest.BodyPublishers::ofString).orElseGet(HttpRequest.BodyPublishers::noBody);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address + path)).method(method, body);
        headers.forEach(request::setHeader);
        return whole(request.setHeader("Authorization", "Bearer " + token).build(), deadline);
    }

    public Reply get(String path, Duration deadline) throws IOException, InterruptedException {
        return call("GET", path, Optional.empty(), deadline);
    }

    public Reply post(String path, Object body, Duration deadline) throws IOException, InterruptedException {
        return call("POST", path, Optional.of(body), deadline);
    }

    /// An answer whose body comes as it is read.
    public record Streamed(int status, HttpHeaders headers, InputStream body) {}

    /// Asks and hands over the answer's body as it comes. Whoever takes it closes it, which also ends the call.
    ///
    /// @param deadline until the whole body must be there; reading fails then
    public Streamed stream(String path, Object body, Duration deadline) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = await(
                client.sendAsync(
                        request("POST", path, Optional.of(body), Map.of("Accept", "text/event-stream")),
                        HttpResponse.BodyHandlers.ofInputStream()),
                deadline);
        InputStream answer = response.body();
        var over = new CompletableFuture<Void>();
        var _ = over.orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS).exceptionally(late -> {
            close(answer);
            return null;
        });
        var timed = new FilterInputStream(answer) {
            @Override
            public void close() throws IOException {
                var _ = over.complete(null);
                super.close();
            }
        };
        return new Streamed(response.statusCode(), response.headers(), timed);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    private HttpRequest request(String method, String path, Optional<Object> body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path))
                .method(
                        method,
                        body.map(value -> HttpRequest.BodyPublishers.ofString(Json.write(value), StandardCharsets.UTF_8))
                                .orElseGet(HttpRequest.BodyPublishers::noBody));
        headers.forEach(request::setHeader);
        request.setHeader("Authorization", "Bearer " + token);
        if (body.isPresent()) {
            request.setHeader("Content-Type", "application/json");
        }
        return request.build();
    }

    private static <T> T await(CompletableFuture<T> answer, Duration deadline)
            throws IOException, InterruptedException {
        try {
            return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            throw new IOException("the mesh did not answer within " + deadline.toSeconds() + " s", late);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof IOException cause
                    ? cause
                    : new IOException("the call to the mesh failed", failed.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    private static void close(InputStream answer) {
        try {
            answer.close();
        } catch (IOException gone) {
            // it is closed all the same
        }
    }
}
