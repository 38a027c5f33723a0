package ai.openlegion.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

/// An HTTP server with nothing behind it: what any start on this ground takes. Says `ready` when it listens.
///
/// Usage: `EmptyServer [rehearse]`; a rehearsal ends as soon as it is ready, for the JVM to write its cache.
public final class EmptyServer {
    private EmptyServer() {}

    /// Serves until its process is ended.
    public static void main(String[] arguments) {
        var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        vertx.createHttpServer()
                .requestHandler(request -> request.response().end())
                .listen(0, "127.0.0.1")
                .onSuccess(server -> {
                    System.out.println("ready");
                    if (arguments.length > 0) {
                        System.exit(0);
                    }
                })
                .onFailure(failure -> {
                    System.err.println(failure);
                    System.exit(1);
                });
    }
}
