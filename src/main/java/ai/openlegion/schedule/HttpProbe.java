package ai.openlegion.schedule;

import ai.openlegion.schedule.Schedule.HttpStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeUnit;

/// The asking of an address for its status: one GET on a connection of its own, in bounded time. No redirect is
/// followed, and the body is cut off unread, so that an answer costs the same however large it is.
final class HttpProbe {

    private static final int WAITING_MAX = 1_000;

    private final Vertx vertx;
    private final HttpClient client;
    private final long millis;

    HttpProbe(Vertx vertx, int seconds) {
        this.vertx = vertx;
        millis = seconds * 1000L;
        client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAlive(false).setConnectTimeout((int) millis),
                new PoolOptions().setHttp1MaxSize(16).setMaxWaitQueueSize(WAITING_MAX));
    }

    /// Fires unless the expected status comes back in time. Never fails.
    Future<Answer> ask(HttpStatus probe) {
        RequestOptions options;
        try {
            options = new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setAbsoluteURI(probe.url())
                    .setFollowRedirects(false)
                    .putHeader("User-Agent", "OpenLegion");
        } catch (RuntimeException malformed) {
            return Future.succeededFuture(new Answer.Unknown("the address of the HTTP probe is malformed"));
        }
        return client.request(options)
                .compose(this::status)
                .timeout(millis, TimeUnit.MILLISECONDS)
                .transform((status, failure) -> Future.succeededFuture(
                        failure == null
                                ? judged(probe, status)
                                : new Answer.Fired("http " + shown(probe.url()) + " unreachable")));
    }

    private Future<Integer> status(HttpClientRequest request) {
        request.exceptionHandler(_ -> {});
        long timer = vertx.setTimer(millis, _ -> request.reset());
        return request.send().map(HttpProbe::statusAlone).onComplete(_ -> {
            boolean _ = vertx.cancelTimer(timer);
            var _ = request.reset();
        });
    }

    private static Answer judged(HttpStatus probe, int status) {
        boolean expected = probe.expected() == 0 ? status >= 200 && status <= 299 : status == probe.expected();
        return expected ? new Answer.Still() : new Answer.Fired("http " + shown(probe.url()) + " " + status);
    }

    /* A query may hold what the agent is not to know. */
    private static String shown(String url) {
        int query = url.indexOf('?');
        return query < 0 ? url : url.substring(0, query);
    }

    /* What is cut off unread ends in a fault, which is no news. */
    private static int statusAlone(HttpClientResponse response) {
        response.exceptionHandler(_ -> {});
        return response.statusCode();
    }
}
