package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The engine behind its socket: calls on worker threads, each with a deadline, and streams on threads of their own.
///
/// The transport keeps no deadline on a Unix socket, so a call whose time is up is interrupted, which closes its
/// connection and frees its thread: an engine that hangs costs [#WORKERS] threads and no more.
final class Engine {

    /// Calls at once; those of a fleet that starts wait for one another.
    private static final int WORKERS = 8;

    /// Calls that wait for a worker; more are refused at once.
    private static final int WAITING_MAX = 512;

    /// Logs that are followed, and the events.
    private static final int STREAMS_MAX = 64;

    /// Calls at once that agents can make long, so they wait for one another and for nobody else.
    private static final int ASIDE = 4;

    /// What the engine says with status 500 when it is about to end, or when what it stands on does not answer.
    private static final Pattern ENDING =
            Pattern.compile("(?is).*(context canceled|shutting down|ttrpc: closed|containerd\\.sock).*");

    /// It tells of each connection that a deadline breaks off, which the fault tells already; held, or it is forgotten.
    private static final Logger TRANSPORT = Logger.getLogger("com.github.dockerjava");

    static {
        TRANSPORT.setLevel(Level.WARNING);
    }

    private final Vertx vertx;
    private final String address;
    private final Duration deadline;
    private final WorkerExecutor workers;
    private final WorkerExecutor aside;
    private @Nullable Talk talk;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Set<Thread> streams = ConcurrentHashMap.newKeySet();

    /// What is said to the engine in one call, on a worker thread.
    interface Work<T> {
        T run(Talk talk) throws Exception;
    }

    /// The same without an answer.
    interface Order {
        void run(Talk talk) throws Exception;
    }

    /// What reads a stream, on a thread of its own, until it is interrupted.
    interface Reading {
        void run(Talk talk) throws Exception;
    }

    /// @param address `unix:///path`; any other form is refused at each call
    Engine(Vertx vertx, String address, Duration deadline) {
        this.vertx = vertx;
        this.address = address;
        this.deadline = deadline;
        this.workers = vertx.createSharedWorkerExecutor("openlegion-docker", WORKERS, 1, TimeUnit.HOURS);
        this.aside = vertx.createSharedWorkerExecutor("openlegion-aside", ASIDE, 1, TimeUnit.HOURS);
    }

    /* Made at its first use, on a worker's thread: it takes a tenth of a start, and some meshes never ask an engine. */
    private synchronized Talk talk() {
        Talk made = talk;
        if (made == null) {
            made = talking();
            talk = made;
        }
        return made;
    }

    private Talk talking() {
        URI uri = URI.create(isSocket() ? address : DockerSettings.USUAL_ENGINE);
        DockerHttpClient http = new ZerodepDockerHttpClient.Builder()
                .dockerHost(uri)
                .maxConnections(WORKERS + STREAMS_MAX)
                .connectionTimeout(deadline)
                .build();
        return new Talk(
                http,
                DockerClientImpl.getInstance(
                        DefaultDockerClientConfig.createDefaultConfigBuilder()
                                .withDockerHost(uri.toString())
                                .withDockerTlsVerify(false)
                                .build(),
                        http));
    }

    private synchronized void hangUp() {
        if (talk != null) {
            talk.close();
        }
    }

    /// Fails where the socket is not there, may not be used, or where the address is none.
    ///
    /// @throws RuntimeFault saying what to do
    void reach() throws RuntimeFault {
        if (!isSocket()) {
            throw Fault.missing("DOCKER_HOST=" + Fault.words(address) + " is not supported: the agents' network must"
                    + " end at this machine, so the engine is reached over its Unix socket only (unix:///path)");
        }
        Path socket = Path.of(URI.create(address).getPath());
        try {
            var _ = Files.getLastModifiedTime(socket);
        } catch (AccessDeniedException _) {
            throw notAllowed();
        } catch (IOException _) {
            throw Fault.missing("there is no Docker engine at " + address + ". Install and start it (Debian: apt-get"
                    + " install docker.io), or name another one by DOCKER_HOST");
        }
        if (!Files.isWritable(socket)) {
            throw notAllowed();
        }
    }

    <T> Future<T> call(String what, Work<T> work) {
        return call(what, deadline, work);
    }

    Future<Void> order(String what, Order order) {
        return order(what, deadline, order);
    }

    Future<Void> order(String what, Duration limit, Order order) {
        return call(what, limit, talk -> {
                    order.run(talk);
                    return true;
                })
                .mapEmpty();
    }

    /// @param what is asked of the engine, as the fault names it: `starting a container`
    /// @param limit after which the future fails and the call is broken off
    <T> Future<T> call(String what, Duration limit, Work<T> work) {
        if (underWay.incrementAndGet() > WAITING_MAX) {
            underWay.decrementAndGet();
            return Future.failedFuture(Fault.unavailable("too many calls wait for the Docker engine"));
        }
        Turn turn = new Turn();
        Promise<T> answer = Promise.promise();
        long timer = vertx.setTimer(limit.toMillis(), _ -> {
            turn.end();
            answer.tryFail(Fault.unavailable("the Docker engine at " + address + " did not answer within "
                    + limit.toMillis() / 1000.0 + " s: " + what));
        });
        workers.executeBlocking(() -> turn.take(() -> told(what, work)), false).onComplete(done -> {
            underWay.decrementAndGet();
            vertx.cancelTimer(timer);
            if (done.succeeded()) {
                answer.tryComplete(done.result());
            } else {
                answer.tryFail(fault(what, done.cause()));
            }
        });
        return answer.future();
    }

    /// Work that an agent can draw out: on threads of its own, and never the engine's fault. Its time runs from its
    /// turn.
    ///
    /// @param wait for its turn; then it is given up
    /// @param limit of its turn
    /// @param late what it comes to when its time is up
    /// @param unheard what it comes to when its turn does not come
    <T> Future<T> aside(String what, Duration wait, Duration limit, T late, T unheard, Work<T> work) {
        Turn turn = new Turn();
        Promise<T> answer = Promise.promise();
        long waiting = vertx.setTimer(wait.toMillis(), _ -> {
            if (turn.skip()) {
                answer.tryComplete(unheard);
            }
        });
        aside.executeBlocking(
                        () -> turn.take(() -> {
                            long timer = vertx.setTimer(limit.toMillis(), _ -> {
                                turn.end();
                                answer.tryComplete(late);
                            });
                            try {
                                return work.run(talk());
                            } finally {
                                vertx.cancelTimer(timer);
                            }
                        }),
                        false)
                .onComplete(done -> {
                    vertx.cancelTimer(waiting);
                    if (done.succeeded()) {
                        answer.tryComplete(done.result());
                    } else {
                        answer.tryFail(Fault.unstartable(what + " failed: " + words(root(done.cause()))));
                    }
                });
        return answer.future();
    }

    /// Runs a reader on a thread of its own.
    ///
    /// @return what ends it
    /// @throws RuntimeFault when too many are open
    Runnable stream(String what, Reading reading) throws RuntimeFault {
        if (streams.size() >= STREAMS_MAX) {
            throw Fault.unavailable("too many streams of the Docker engine are open");
        }
        Thread thread = Thread.ofPlatform()
                .daemon()
                .name("openlegion-docker-" + what)
                .unstarted(() -> {
                    try {
                        reading.run(talk());
                    } catch (Exception ended) {
                        // the reader has told its own side
                    } finally {
                        streams.remove(Thread.currentThread());
                    }
                });
        streams.add(thread);
        thread.start();
        return thread::interrupt;
    }

    Duration deadline() {
        return deadline;
    }

    /// What a failure means, in words. An engine that gives a reason answers: what it refuses is one agent's matter.
    RuntimeFault fault(String what, Throwable cause) {
        if (cause instanceof RuntimeFault known) {
            return known;
        }
        int status = status(cause);
        Throwable root = root(cause);
        if (status >= 400) {
            String refusal = "the Docker engine refused " + what + ": " + words(cause);
            boolean ends =
                    status > 500 || (status == 500 && ENDING.matcher(refusal).matches());
            return ends ? Fault.unavailable(refusal) : Fault.unstartable(refusal);
        }
        return root instanceof IOException
                        && !(root instanceof FileSystemException)
                        && !(root instanceof EngineException)
                ? Fault.unavailable(
                        "the Docker engine at " + address + " cannot be reached for " + what + ": " + words(root))
                : Fault.unstartable(what + " failed: " + words(root));
    }

    /// An engine that fails inside is asked whether it is there at all: its failing may be its own end.
    private <T> T told(String what, Work<T> work) throws Exception {
        try {
            return work.run(talk());
        } catch (EngineException | DockerException failed) {
            if (status(failed) >= 500) {
                try {
                    talk().ping();
                } catch (IOException | RuntimeException gone) {
                    throw Fault.unavailable(
                            "the Docker engine failed at " + what + ", and does not answer since: " + words(failed));
                }
            }
            throw failed;
        }
    }

    /// Of HTTP; 0 where the engine did not refuse.
    private static int status(Throwable cause) {
        return switch (cause) {
            case EngineException refused -> refused.status();
            case DockerException refused -> refused.getHttpStatus();
            default -> 0; // open: any exception
        };
    }

    Future<Void> close() {
        streams.forEach(Thread::interrupt);
        return Future.join(workers.close(), aside.close()).<Void>mapEmpty().onComplete(_ -> hangUp());
    }

    private boolean isSocket() {
        return address.matches("unix:///[\\p{Graph}&&[^%?#]]+");
    }

    private RuntimeFault notAllowed() {
        return Fault.missing(
                "this user may not use the Docker engine at " + address + ": run as root, or join the group docker");
    }

    private static String words(Throwable cause) {
        String message = cause.getMessage();
        return Fault.words(message == null ? cause.getClass().getSimpleName() : message);
    }

    private static Throwable root(Throwable cause) {
        Throwable root = cause;
        for (int depth = 0; depth < 8 && root.getCause() != null; depth++) {
            root = root.getCause();
        }
        return root;
    }

    /// One call's time on a worker thread; its end interrupts it, and nothing that comes after it.
    private static final class Turn {
        private @Nullable Thread thread;
        private boolean ended;
        private boolean begun;

        <T> T take(Callable<T> work) throws Exception {
            synchronized (this) {
                if (ended) {
                    throw Fault.unavailable("its time was up before its turn came");
                }
                thread = Thread.currentThread();
                begun = true;
            }
            try {
                return work.call();
            } finally {
                synchronized (this) {
                    thread = null;
                    var _ = Thread.interrupted();
                }
            }
        }

        /// Whether its turn had not come; it never will.
        synchronized boolean skip() {
            ended |= !begun;
            return !begun;
        }

        synchronized void end() {
            ended = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}
