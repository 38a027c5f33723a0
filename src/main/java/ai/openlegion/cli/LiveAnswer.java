package ai.openlegion.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// An answer of the mesh that comes bit by bit. Closing it, from any thread, ends it, also while it is waited for.
final class LiveAnswer implements AutoCloseable {
    private final CompletableFuture<HttpResponse<InputStream>> head;
    private volatile boolean closed;

    LiveAnswer(CompletableFuture<HttpResponse<InputStream>> head) {
        this.head = head;
    }

    /// Waits until it begins.
    ///
    /// @throws IOException when the mesh does not answer, or it has been closed
    /// @throws CommandFailure with the mesh's own explanation when it refuses
    InputStream body() throws IOException, CommandFailure {
        try {
            HttpResponse<InputStream> response = head.get();
            if (response.statusCode() != 200) {
                String body = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
                throw MeshClient.refused(new MeshClient.Answer(response.statusCode(), body, null));
            }
            return response.body();
        } catch (CancellationException cancelled) {
            throw new IOException(cancelled);
        } catch (ExecutionException broken) {
            throw new IOException(broken.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted");
        }
    }

    /// Whether this side has ended it.
    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        if (!head.cancel(true) && head.state() == java.util.concurrent.Future.State.SUCCESS) {
            try {
                head.resultNow().body().close();
            } catch (IOException gone) {
                // it has ended
            }
        }
    }
}
