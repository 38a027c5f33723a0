package ai.openlegion.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/// Calls a peer at a given rate, whatever it does: arrivals are random (Poisson, seeded) and a call's latency counts
/// from
/// the moment it was due, so a pause of the peer shows in every call it delayed. wrk waits for answers and would not
/// see
/// it. Each connection makes a call before the first that counts, as a pool's connections have; one that breaks under a
/// call is an error, and is replaced.
///
/// One thread, which naps some 70 µs when nothing is due; that much of a latency may be its own.
final class OpenLoop {
    private static final long SEED = 20261122;
    private static final long NAP_NANOS = 20_000;
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(10);

    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();
    private final Deque<Connection> idle = new ArrayDeque<>();
    private final Deque<Long> due = new ArrayDeque<>();
    private final Random random = new Random(SEED);
    private final ByteBuffer request;
    private final double meanNanos;
    private final int port;
    private long[] latencies = new long[1 << 16];
    private int answered;
    private long errors;

    private OpenLoop(Peer peer, int size, double perSecond) throws IOException {
        request = request(peer);
        meanNanos = 1e9 / perSecond;
        port = peer.jsonPort();
        for (int i = 0; i < size; i++) {
            open();
        }
    }

    private void open() throws IOException {
        var connection = new Connection(selector, port);
        connections.add(connection);
        idle.push(connection);
    }

    /// One measurement of plain calls.
    static Sample measure(Peer peer, int connections, double perSecond, Duration length) throws IOException {
        var loop = new OpenLoop(peer, connections, perSecond);
        try {
            loop.prime();
            long cpu = Cpu.micros(peer.pid());
            loop.run(length);
            return loop.sample(Cpu.micros(peer.pid()) - cpu, length);
        } finally {
            for (var connection : loop.connections) {
                connection.channel.close();
            }
            loop.selector.close();
        }
    }

    /// One call on each connection, none of which counts but where it fails.
    private void prime() throws IOException {
        int calls = idle.size();
        for (long now = System.nanoTime(); !idle.isEmpty(); ) {
            idle.pop().send(now, request.duplicate());
        }
        await(calls);
        answered = 0;
    }

    /// Waits until so many calls have been answered or have failed, or there is no more hope for them: those are
    /// errors.
    private void await(long calls) throws IOException {
        long end = System.nanoTime() + LAST_ANSWERS.toNanos();
        while (answered + errors < calls && System.nanoTime() < end) {
            selector.select(this::read, 10);
        }
        errors = Math.max(errors, calls - answered);
    }

    private void run(Duration length) throws IOException {
        long now = System.nanoTime();
        long end = now + length.toNanos();
        long next = now;
        long before = errors;
        long calls = 0;
        // what is due when the time is up is still sent
        while (now < end || (!due.isEmpty() && now < end + LAST_ANSWERS.toNanos())) {
            for (; next <= now && next < end; next += (long) (-Math.log(1 - random.nextDouble()) * meanNanos)) {
                due.add(next);
                calls++;
            }
            while (!due.isEmpty() && !idle.isEmpty()) {
                idle.pop().send(due.remove(), request.duplicate());
            }
            if (selector.selectNow(this::read) == 0 && due.isEmpty()) {
                LockSupport.parkNanos(NAP_NANOS);
            }
            now = System.nanoTime();
        }
        await(calls + before);
    }

    private void read(SelectionKey key) {
        var connection = (Connection) key.attachment();
        try {
            if (!connection.answered()) {
                return;
            }
            if (answered == latencies.length) {
                latencies = Arrays.copyOf(latencies, answered * 2);
            }
            latencies[answered++] = System.nanoTime() - connection.dueNanos;
            idle.push(connection);
        } catch (IOException broken) {
            errors++;
            key.cancel();
            replace(connection);
        }
    }

    private void replace(Connection broken) {
        try {
            broken.channel.close();
            connections.remove(broken);
            open();
        } catch (IOException refused) {
            errors++; // one fewer from here on
        }
    }

    private Sample sample(long cpuMicros, Duration length) {
        long[] sorted = Arrays.copyOf(latencies, Math.max(1, answered));
        Arrays.sort(sorted);
        return new Sample(
                answered,
                length.toNanos() / 1e9,
                errors,
                (double) cpuMicros / Math.max(1, answered),
                sorted[sorted.length / 2] / 1e3,
                sorted[(int) (sorted.length * 0.99)] / 1e3);
    }

    private static ByteBuffer request(Peer peer) {
        String body =
                "{\"model\":\"" + peer.model() + "\",\"max_tokens\":256,\"messages\":[{\"role\":\"user\",\"content\":\""
                        + "Summarise note seven in two sentences, please. ".repeat(20) + "\"}]}";
        String head = "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:" + peer.jsonPort() + "\r\n"
                + String.join("\r\n", peer.headers())
                + "\r\ncontent-type: application/json\r\ncontent-length: " + body.length() + "\r\n\r\n";
        byte[] bytes = (head + body).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /// One keep-alive connection with at most one call on it.
    private static final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);
        private long dueNanos;

        Connection(Selector selector, int port) throws IOException {
            channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send(long due, ByteBuffer request) throws IOException {
            dueNanos = due;
            in.clear();
            while (request.hasRemaining()) {
                channel.write(request);
            }
        }

        /// Whether the answer is whole; anything but a 200 with a length is an error.
        boolean answered() throws IOException {
            if (channel.read(in) < 0) {
                throw new IOException("closed");
            }
            int end = RequestFrame.end(in.array(), in.position());
            if (end > 0 && (in.get(9) != '2' || end < in.position())) {
                throw new IOException("not the canned answer");
            }
            return end > 0;
        }
    }
}
