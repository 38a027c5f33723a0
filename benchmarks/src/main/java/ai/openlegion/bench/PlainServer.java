package ai.openlegion.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/// `python3 -m http.server` in a container of the agents' image, under the limits of an agent.
final class PlainServer implements AutoCloseable {
    private static final int PORT = 8400;
    private static final long GIVE_UP_NANOS = 60_000_000_000L;
    private final String network;
    private String container = "";

    /// @param network that it stands in; one for all of them, as an engine has few addresses to give to networks
    PlainServer(String network) {
        this.network = network;
    }

    static String network() throws IOException, InterruptedException {
        String name = "openlegion-bench-" + UUID.randomUUID().toString().substring(0, 8);
        String _ = Containers.docker(List.of("network", "create", "--internal", name));
        return name;
    }

    static void remove(String network) throws IOException, InterruptedException {
        String _ = Containers.docker(List.of("network", "rm", network));
    }

    String container() {
        return container;
    }

    /// Starts it and answers how long it took from the start of its process to its first answer, in milliseconds.
    double start() throws IOException, InterruptedException {
        container = Containers.docker(List.of(
                "run",
                "-d",
                "--network",
                network,
                "--user",
                "1000:1000",
                "--memory",
                "512m",
                "--memory-swap",
                "512m",
                "--cpus",
                "0.5",
                "--pids-limit",
                "256",
                "--cap-drop",
                "ALL",
                "--security-opt",
                "no-new-privileges",
                "--read-only",
                "--tmpfs",
                "/tmp:rw,noexec,nosuid,size=100m",
                "--init",
                "--entrypoint",
                "python3",
                "openlegion-agent:latest",
                "-m",
                "http.server",
                "" + PORT));
        String address = Containers.docker(
                List.of("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container));
        long begin = System.nanoTime();
        while (!answers(address)) {
            if (System.nanoTime() - begin > GIVE_UP_NANOS) {
                throw new IOException("python's server does not answer at " + address);
            }
            LockSupport.parkNanos(2_000_000);
        }
        double now = System.currentTimeMillis();
        return now - Containers.startedAtMillis(container);
    }

    private static boolean answers(String address) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, PORT), 1_000);
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == 'H';
        } catch (IOException notYet) {
            return false;
        }
    }

    void stop() throws IOException, InterruptedException {
        if (!container.isEmpty()) {
            String _ = Containers.docker(List.of("rm", "-f", "-v", container));
            container = "";
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        stop();
    }
}
