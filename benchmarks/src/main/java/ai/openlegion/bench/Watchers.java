package ai.openlegion.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Many readers of event streams, on the one event loop of a Vert.x of their own.
final class Watchers implements AutoCloseable {
    private static final int SECONDS = 60;

    private final HttpClient client;
    private final CountDownLatch begun;
    private final CountDownLatch ended;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong lastNanos = new AtomicLong();
    private final Buffer first = Buffer.buffer();
    private final AtomicLong failed = new AtomicLong();

    private Watchers(HttpClient client, int count) {
        this.client = client;
        begun = new CountDownLatch(count);
        ended = new CountDownLatch(count);
    }

    /// Opens them; returns when each has got something.
    static Watchers open(Vertx vertx, int count, RequestOptions where) throws IOException, InterruptedException {
        var client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(count));
        return open(client, count, new RequestOptions(where).setMethod(HttpMethod.GET), Buffer.buffer());
    }

    /// Opens them by requests with that body; returns when each has got something.
    static Watchers open(HttpClient client, int count, RequestOptions where, Buffer body)
            throws IOException, InterruptedException {
        var watchers = new Watchers(client, count);
        for (int number = 0; number < count; number++) {
            int own = number;
            client.request(where)
                    .compose(request -> body.length() == 0 ? request.send() : request.send(body))
                    .onSuccess(answer -> watchers.follow(answer, own))
                    .onFailure(_ -> watchers.fail());
        }
        await(watchers.begun, "not every watcher got an event");
        if (watchers.failed.get() > 0) {
            throw new IOException(watchers.failed.get() + " watchers were refused");
        }
        return watchers;
    }

    private void fail() {
        failed.incrementAndGet();
        begun.countDown();
        ended.countDown();
    }

    private void follow(HttpClientResponse answer, int number) {
        if (answer.statusCode() != 200) {
            fail();
            return;
        }
        var got = new boolean[1];
        answer.handler(part -> {
            bytes.addAndGet(part.length());
            if (number == 0) {
                first.appendBuffer(part);
            }
            if (!got[0]) {
                got[0] = true;
                begun.countDown();
            }
        });
        answer.endHandler(_ -> {
            lastNanos.set(System.nanoTime());
            ended.countDown();
        });
        answer.exceptionHandler(_ -> fail());
    }

    /// Waits until each one's stream has ended; answers with the moment the last one's did.
    long awaitEnd() throws IOException, InterruptedException {
        await(ended, "not every stream ended");
        if (failed.get() > 0) {
            throw new IOException(failed.get() + " streams broke");
        }
        return lastNanos.get();
    }

    /// What the first one got, frame by frame, without comments.
    String[] frames() {
        return Arrays.stream(first.toString().split("\n\n"))
                .filter(frame -> frame.startsWith("id:"))
                .toArray(String[]::new);
    }

    /// What all of them got.
    long bytes() {
        return bytes.get();
    }

    private static void await(CountDownLatch latch, String otherwise) throws IOException, InterruptedException {
        if (!latch.await(SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(otherwise);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
