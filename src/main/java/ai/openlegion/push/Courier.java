package ai.openlegion.push;

import ai.openlegion.json.Members;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;

/// Posts letters: one attempt each, bounded in time and in what is read of the answer, never following a redirect.
///
/// It is the core client and not the Web Client, since only the request at hand can be reset when an answer drips or
/// does not end.
final class Courier {

    /// What is read of an answer. Only that of a task is looked at; the rest is read so that the connection is reused.
    private static final int ANSWER_BYTES = 64 * 1024;

    /* The predecessor's agents close idle connections after five seconds; ours go first, because a letter on a
    connection that is just being closed would count as an attempt. */
    private static final int KEEP_ALIVE_SECONDS = 4;

    /* Each lane has one letter under way, so this only has to be more than there can be agents behind one address: a
    lane must not wait for a connection that another one's hanging endpoint holds. */
    private static final int CONNECTIONS = 10_000;

    private final Vertx vertx;
    private final HttpClient client;
    private final long timeoutMillis;

    Courier(Vertx vertx, long timeoutMillis) {
        this.vertx = vertx;
        this.timeoutMillis = timeoutMillis;
        client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout(Math.toIntExact(timeoutMillis))
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setDecompressionSupported(false))
                .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS))
                .build();
    }

    /// Posts a letter; never fails.
    Future<Outcome> post(Address address, Letter letter) {
        return client.request(options(address.base(), letter.path()))
                .transform((request, failure) -> failure == null
                        ? send(request, address, letter)
                        : Future.succeededFuture(
                                new Outcome.Unreached(failure.getClass().getSimpleName())));
    }

    private Future<Outcome> send(HttpClientRequest request, Address address, Letter letter) {
        Answer answer = new Answer(letter);
        long deadline = vertx.setTimer(timeoutMillis, _ -> {
            answer.cut("no answer in time");
            var _ = request.reset();
        });
        request.putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + address.token())
                .send(Buffer.buffer(letter.body()))
                .onSuccess(answer::read)
                .onFailure(cause -> answer.cut(cause.getClass().getSimpleName()));
        return answer.outcome().onComplete(_ -> vertx.cancelTimer(deadline));
    }

    private RequestOptions options(URI base, String path) {
        boolean secure = "https".equals(base.getScheme());
        String prefix = base.getRawPath() == null ? "" : base.getRawPath();
        if (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(base.getHost())
                .setPort(base.getPort() > 0 ? base.getPort() : secure ? 443 : 80)
                .setSsl(secure)
                .setFollowRedirects(false)
                .setConnectTimeout(timeoutMillis)
                .setURI(prefix + path);
    }

    /// Closes all connections.
    Future<Void> close() {
        return client.close();
    }

    /// One answer as it comes in.
    private static final class Answer {
        private final Promise<Outcome> outcome = Promise.promise();
        private final Letter letter;
        private final Buffer body = Buffer.buffer();
        private int status;

        Answer(Letter letter) {
            this.letter = letter;
        }

        Future<Outcome> outcome() {
            return outcome.future();
        }

        void read(HttpClientResponse response) {
            status = response.statusCode();
            response.exceptionHandler(cause -> cut(cause.getClass().getSimpleName()))
                    .handler(piece -> {
                        var _ = body.appendBuffer(piece);
                        if (body.length() > ANSWER_BYTES) {
                            cut("");
                            var _ = response.request().reset();
                        }
                    })
                    .endHandler(_ -> end());
        }

        /// Nothing more is read. Once its head is there, an answer counts for what it says.
        void cut(String why) {
            if (status == 0) {
                var _ = outcome.tryComplete(new Outcome.Failed(why));
            } else {
                end();
            }
        }

        private void end() {
            var _ = outcome.tryComplete(outcomeOf());
        }

        private Outcome outcomeOf() {
            if (status >= 200 && status < 300) {
                return letter.path().equals("/task") && refused() ? new Outcome.Busy() : new Outcome.Taken();
            }
            return status == 422 ? new Outcome.Misunderstood() : new Outcome.Failed("status " + status);
        }

        /// A working agent of the predecessor answers a task with 200 and `accepted: false`.
        private boolean refused() {
            return Members.read(body.getBytes()) instanceof Members.Read(Members members)
                    && !members.truth("accepted", true);
        }
    }
}
