package ai.openlegion.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Many streamed calls of one client at once, on one thread: how many deltas arrive, and how long one keeps another
/// waiting.
final class PacedStreams implements AutoCloseable {
    private static final byte[] WORD = CannedAnswers.WORD.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "data: [DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long OPENING_NANOS = TimeUnit.MICROSECONDS.toNanos(1_000);
    private static final long NAP_NANOS = 50_000;

    private final Selector selector = Selector.open();
    private final List<Stream> streams = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
    private int begun;
    private int ended;
    private int broken;
    private long deltas;
    private long stalls;

    private PacedStreams() throws IOException {}

    /// Opens so many, one each millisecond; returns when each has its first delta.
    ///
    /// @param path where calls go
    static PacedStreams open(Peer peer, String path, int count) throws IOException {
        var all = new PacedStreams();
        var target = new InetSocketAddress("127.0.0.1", peer.ssePort());
        byte[] request = request(peer, path);
        long next = System.nanoTime();
        for (int i = 0; i < count; i++) {
            var channel = SocketChannel.open(target);
            all.streams.add(all.new Stream(channel));
            channel.write(ByteBuffer.wrap(request));
            channel.configureBlocking(false);
            channel.register(all.selector, SelectionKey.OP_READ, all.streams.getLast());
            for (next += OPENING_NANOS; System.nanoTime() < next; ) {
                all.turn();
            }
        }
        all.await(() -> all.begun == count, TimeUnit.SECONDS.toNanos(60), "not every stream began");
        return all;
    }

    /// Reads for so long; counts from here.
    Figures measure(int seconds) throws IOException {
        deltas = 0;
        stalls = 0;
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            turn();
        }
        return new Figures(deltas, stalls, broken, (System.nanoTime() - start) / 1e9);
    }

    /// Reads until each has ended.
    void awaitEnd(int seconds) throws IOException {
        await(() -> ended == streams.size(), TimeUnit.SECONDS.toNanos(seconds), "not every stream ended");
    }

    /// What arrived in one window.
    ///
    /// @param stalls deltas that came more than 200 ms after the one before
    record Figures(long deltas, long stalls, int broken, double seconds) {}

    private void await(BooleanSupplier done, long nanos, String otherwise) throws IOException {
        long end = System.nanoTime() + nanos;
        while (!done.getAsBoolean()) {
            if (broken > 0 || System.nanoTime() > end) {
                throw new IOException(otherwise + ": " + begun + " began, " + ended + " ended, " + broken + " broke");
            }
            turn();
        }
    }

    private void turn() throws IOException {
        if (selector.selectNow(this::read) == 0) {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    private void read(SelectionKey key) {
        var stream = (Stream) key.attachment();
        try {
            if (!stream.take()) {
                key.cancel();
            }
        } catch (IOException gone) {
            broken++;
            key.cancel();
        }
    }

    private static byte[] request(Peer peer, String path) {
        String body = body(peer);
        String head = "POST " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + peer.ssePort() + "\r\n"
                + String.join("\r\n", peer.headers())
                + "\r\ncontent-type: application/json\r\ncontent-length: " + body.length() + "\r\n\r\n";
        return (head + body).getBytes(StandardCharsets.US_ASCII);
    }

    /// What is asked for.
    static String body(Peer peer) {
        return "{\"model\":\"" + peer.model() + "\",\"stream\":true,\"max_tokens\":2000,\"messages\":["
                + "{\"role\":\"user\",\"content\":\"Take your time, please.\"}]}";
    }

    @Override
    public void close() throws IOException {
        for (var stream : streams) {
            stream.channel.close();
        }
        selector.close();
    }

    /// One call.
    private final class Stream {
        private final SocketChannel channel;
        private int word;
        private int end;
        private long lastNanos;

        Stream(SocketChannel channel) {
            this.channel = channel;
        }

        /// Whether there is more to come.
        boolean take() throws IOException {
            if (channel.read(in.clear()) < 0) {
                throw new IOException("closed");
            }
            in.flip();
            long now = System.nanoTime();
            while (in.hasRemaining()) {
                byte next = in.get();
                // neither begins anew within itself, so one index each is enough
                word = next == WORD[word] ? word + 1 : next == WORD[0] ? 1 : 0;
                end = next == END[end] ? end + 1 : next == END[0] ? 1 : 0;
                if (word == WORD.length) {
                    word = 0;
                    delta(now);
                }
                if (end == END.length) {
                    ended++;
                    return false;
                }
            }
            return true;
        }

        private void delta(long now) {
            deltas++;
            if (lastNanos == 0) {
                begun++;
            } else if (now - lastNanos > STALL_NANOS) {
                stalls++;
            }
            lastNanos = now;
        }
    }
}
