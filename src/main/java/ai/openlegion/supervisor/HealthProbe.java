package ai.openlegion.supervisor;

import ai.openlegion.fleet.Presence;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;

/// Asks an agent `GET /status`: bounded in time and in what is read of the answer, never following a redirect.
final class HealthProbe {

    /// For the connection and the whole answer.
    static final int TIMEOUT_MILLIS = 5_000;

    private static final int ANSWER_BYTES = 64 * 1024;

    private final Vertx vertx;
    private final HttpClient client;

    HealthProbe(Vertx vertx) {
        this.vertx = vertx;
        client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout(TIMEOUT_MILLIS)
                        // a new connection each time: a probe finds out whether the agent takes one
                        .setKeepAlive(false)
                        .setDecompressionSupported(false))
                .with(new PoolOptions().setHttp1MaxSize(2))
                .build();
    }

    /// What an agent answered: nothing where all is well, else what is wrong, in words. Never fails.
    Future<String> ask(URI address, Presence presence) {
        Answer answer = new Answer();
        long deadline = vertx.setTimer(TIMEOUT_MILLIS, _ -> answer.end("no answer within " + TIMEOUT_MILLIS + " ms"));
        client.request(options(address))
                .onSuccess(request -> {
                    answer.follow(request);
                    request.putHeader(
                                    HttpHeaders.AUTHORIZATION,
                                    "Bearer " + presence.inbound().reveal())
                            .send()
                            .onSuccess(answer::read)
                            .onFailure(answer::fail);
                })
                .onFailure(answer::fail);
        return answer.verdict().onComplete(_ -> vertx.cancelTimer(deadline));
    }

    private static RequestOptions options(URI address) {
        return new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost(address.getHost())
                .setPort(address.getPort())
                .setFollowRedirects(false)
                .setConnectTimeout(TIMEOUT_MILLIS)
                .setURI("/status");
    }

    Future<Void> close() {
        return client.close();
    }

    /// One answer as it comes in.
    private static final class Answer {
        private final Promise<String> verdict = Promise.promise();
        private int bytes;

        Future<String> verdict() {
            return verdict.future();
        }

        void follow(HttpClientRequest request) {
            verdict.future().onComplete(_ -> {
                var _ = request.reset();
            });
        }

        void read(HttpClientResponse response) {
            if (response.statusCode() != 200) {
                end("status " + response.statusCode());
                return;
            }
            response.exceptionHandler(this::fail)
                    .handler(piece -> {
                        bytes += piece.length();
                        if (bytes > ANSWER_BYTES) {
                            end("an answer of more than " + ANSWER_BYTES + " bytes");
                        }
                    })
                    .endHandler(_ -> end(""));
        }

        void fail(Throwable cause) {
            end(cause.getClass().getSimpleName());
        }

        void end(String what) {
            var _ = verdict.tryComplete(what);
        }
    }
}
