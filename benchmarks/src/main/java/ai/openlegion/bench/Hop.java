package ai.openlegion.bench;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;

/// The bare Vert.x hop every figure is held against: one event loop, whole request body, one upstream request, and the
/// answer piped back. It authenticates, decides, prices, holds, meters, settles and audits nothing.
///
/// Usage: `Hop PORT UPSTREAM_PORT pipe|coalesce`; `coalesce` writes what arrived in one event-loop turn in one piece.
public final class Hop {
    private final HttpClient client;
    private final RequestOptions target;
    private final boolean coalesce;

    private Hop(Vertx vertx, int upstreamPort, boolean coalesce) {
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(1024).setMaxWaitQueueSize(4096));
        this.target = new RequestOptions().setHost("127.0.0.1").setPort(upstreamPort);
        this.coalesce = coalesce;
    }

    /// Serves until its process is ended.
    public static void main(String[] arguments) {
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
        if (!vertx.isNativeTransportEnabled()) {
            throw new IllegalStateException("no native transport: the comparison would not be with the same ground");
        }
        int port = Integer.parseInt(arguments[0]);
        var hop = new Hop(vertx, Integer.parseInt(arguments[1]), arguments[2].equals("coalesce"));
        vertx.deployVerticle(context -> vertx.createHttpServer(new HttpServerOptions().setTcpNoDelay(true))
                        .requestHandler(hop::forward)
                        .listen(port, "127.0.0.1"))
                .onFailure(failure -> {
                    System.err.println(failure);
                    System.exit(1);
                });
    }

    private void forward(HttpServerRequest request) {
        request.body()
                .compose(body -> send(request, body))
                .compose(answer -> answer(request.response(), answer))
                .onFailure(failure -> request.response().reset());
    }

    private Future<HttpClientResponse> send(HttpServerRequest request, Buffer body) {
        var options = new RequestOptions(target).setMethod(request.method()).setURI(request.uri());
        return client.request(options).compose(onward -> {
            copy(request.headers(), onward.headers(), "content-type");
            return onward.send(body);
        });
    }

    private Future<Void> answer(HttpServerResponse response, HttpClientResponse answer) {
        response.setStatusCode(answer.statusCode());
        copy(answer.headers(), response.headers(), "content-type");
        String length = answer.getHeader("content-length");
        if (length == null) {
            response.setChunked(true);
        } else {
            response.putHeader("content-length", length);
        }
        return coalesce ? new Turn(response, answer).future() : answer.pipeTo(response);
    }

    private static void copy(MultiMap from, MultiMap to, String name) {
        String value = from.get(name);
        if (value != null) {
            to.set(name, value);
        }
    }

    /// The pump of the coalescing variant: gathers what one turn brings, and writes it when the turn is over.
    private static final class Turn {
        private final HttpServerResponse response;
        private final HttpClientResponse answer;
        private final Context context = Vertx.currentContext();
        private Buffer gathered = Buffer.buffer();

        Turn(HttpServerResponse response, HttpClientResponse answer) {
            this.response = response;
            this.answer = answer;
            answer.handler(this::gather);
        }

        Future<Void> future() {
            return answer.end().compose(end -> {
                Buffer rest = gathered;
                gathered = Buffer.buffer();
                return response.end(rest);
            });
        }

        private void gather(Buffer buffer) {
            if (gathered.length() == 0) {
                context.runOnContext(turnOver -> flush());
            }
            gathered.appendBuffer(buffer);
        }

        private void flush() {
            if (gathered.length() > 0) {
                response.write(gathered);
                gathered = Buffer.buffer();
                if (response.writeQueueFull()) {
                    answer.pause();
                    response.drainHandler(drained -> answer.resume());
                }
            }
        }
    }
}
