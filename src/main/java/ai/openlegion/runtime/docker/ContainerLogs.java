package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.AgentRuntime.LogStream;
import ai.openlegion.runtime.RuntimeFault;
import com.github.dockerjava.transport.DockerHttpClient.Request.Method;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// What a container wrote: read on a thread of its own, handed over on the asker's context, and held back there where
/// it is not taken: a reader that pauses stops the thread, and the engine keeps what it has.
final class ContainerLogs implements LogStream {

    /// Pieces read and not taken; 32 KiB each at most.
    private static final int PIECES_MAX = 16;

    private final Context context;
    private final Semaphore room = new Semaphore(PIECES_MAX);
    private final Deque<Buffer> pieces = new ArrayDeque<>();
    private Runnable stop = () -> {};
    private @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;
    private @Nullable Handler<Throwable> exceptionHandler;
    private long demand = Long.MAX_VALUE;
    private @Nullable Throwable failure;
    private boolean ended;
    private boolean endTold;

    private ContainerLogs(Context context) {
        this.context = context;
    }

    /// Opens the logs of a container; the future fails where the engine has not begun to answer within its deadline.
    static Future<LogStream> open(Engine engine, Vertx vertx, String container, int tail, boolean follow) {
        ContainerLogs logs = new ContainerLogs(vertx.getOrCreateContext());
        Promise<LogStream> opened = Promise.promise();
        String path = "/containers/" + container + "/logs?stdout=1&stderr=1&timestamps=0&tail=" + tail + "&follow="
                + (follow ? 1 : 0);
        try {
            logs.stop = engine.stream("logs", talk -> {
                try (Response answer = talk.open(Method.GET, path, null)) {
                    opened.tryComplete(logs);
                    Frames.read(answer.getBody(), logs::take);
                    logs.finish(null);
                } catch (Exception broken) {
                    opened.tryFail(engine.fault("reading a container's logs", broken));
                    logs.finish(broken);
                }
            });
        } catch (RuntimeFault tooMany) {
            return Future.failedFuture(tooMany);
        }
        long timer = vertx.setTimer(engine.deadline().toMillis(), _ -> {
            if (opened.tryFail(Fault.unavailable("the Docker engine did not answer in time: reading logs"))) {
                logs.stop.run();
            }
        });
        return opened.future().onComplete(_ -> vertx.cancelTimer(timer));
    }

    @Override
    public LogStream exceptionHandler(@Nullable Handler<Throwable> taker) {
        synchronized (this) {
            exceptionHandler = taker;
        }
        return this;
    }

    @Override
    public LogStream handler(@Nullable Handler<Buffer> taker) {
        synchronized (this) {
            handler = taker;
        }
        return awake();
    }

    @Override
    public LogStream endHandler(@Nullable Handler<Void> taker) {
        synchronized (this) {
            endHandler = taker;
        }
        return awake();
    }

    @Override
    public LogStream pause() {
        synchronized (this) {
            demand = 0;
        }
        return this;
    }

    @Override
    public LogStream resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public LogStream fetch(long amount) {
        synchronized (this) {
            demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
        }
        return awake();
    }

    @Override
    public void close() {
        synchronized (this) {
            ended = true;
            failure = null;
            pieces.clear();
        }
        stop.run();
        var _ = awake();
    }

    /// On the reading thread.
    private void take(byte[] piece) throws InterruptedException {
        room.acquire();
        synchronized (this) {
            if (!ended) {
                pieces.add(Buffer.buffer(piece));
            }
        }
        var _ = awake();
    }

    /// On the reading thread.
    private void finish(@Nullable Throwable broken) {
        synchronized (this) {
            if (!ended) {
                ended = true;
                failure = broken;
            }
        }
        var _ = awake();
    }

    private LogStream awake() {
        context.runOnContext(_ -> deliver());
        return this;
    }

    private void deliver() {
        while (true) {
            Buffer piece;
            Handler<Buffer> taker;
            synchronized (this) {
                taker = handler;
                if (taker == null || demand == 0 || pieces.isEmpty()) {
                    break;
                }
                piece = pieces.remove();
                if (demand != Long.MAX_VALUE) {
                    demand--;
                }
            }
            room.release();
            taker.handle(piece);
        }
        tellEnd();
    }

    private void tellEnd() {
        Handler<Void> end;
        Handler<Throwable> broken;
        Throwable cause;
        synchronized (this) {
            // an end that nobody listens for yet waits for its handler
            if (!ended || endTold || !pieces.isEmpty() || endHandler == null) {
                return;
            }
            endTold = true;
            end = endHandler;
            broken = exceptionHandler;
            cause = failure;
        }
        if (cause != null && broken != null) {
            broken.handle(cause);
        }
        end.handle(null);
    }
}
