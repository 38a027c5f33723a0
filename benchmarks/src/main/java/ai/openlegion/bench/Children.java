package ai.openlegion.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The processes started here, each ended by its own id, newest first, also when this JVM is told to stop.
final class Children implements AutoCloseable {
    private final Deque<Process> running = new ArrayDeque<>();
    private final Path logs;

    Children(Path logs) {
        this.logs = logs;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    /// Starts a process whose output goes to `NAME.log`, and waits until its port accepts.
    Process serve(String name, List<String> command, int port) throws IOException, InterruptedException {
        var process = start(name, new ProcessBuilder(command));
        awaitPort(name, process, port);
        return process;
    }

    /// Starts a process whose output goes to `NAME.log`.
    synchronized Process start(String name, ProcessBuilder builder) throws IOException {
        File log = logs.resolve(name + ".log").toFile();
        var process = builder.redirectErrorStream(true).redirectOutput(log).start();
        running.push(process);
        return process;
    }

    /// A port that was free a moment ago: nginx and Portkey cannot be asked to take one themselves.
    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitPort(String name, Process process, int port) throws IOException, InterruptedException {
        for (int tries = 0; tries < 300 && process.isAlive(); tries++) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
                return;
            } catch (IOException notYet) {
                var _ = process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
        throw new IOException(name + " did not open its port; see " + logs.resolve(name + ".log"));
    }

    /// Ends one of them: asked first, forced after ten seconds.
    private static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        while (!running.isEmpty()) {
            end(running.pop());
        }
    }
}
