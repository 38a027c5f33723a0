package ai.openlegion.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A canned provider that takes its time: every call is answered with a stream of so many deltas, one each so many
/// milliseconds, as the path says: `/COUNT/MILLISECONDS/…`. It asks for no limit and heeds none.
///
/// One thread, one write a delta. Usage: `PacedUpstream PORT`.
public final class PacedUpstream {
    private static final Pattern PATH = Pattern.compile("^POST /(\\d+)/(\\d+)/");
    private static final int REQUEST_BYTES = 4096;
    private static final int WORDS = 10;

    private final Selector selector;
    private final ServerSocketChannel server;
    private final ByteBuffer opening = direct(CannedAnswers.opening());
    private final ByteBuffer[] deltas = new ByteBuffer[WORDS];
    private final PriorityQueue<Stream> due = new PriorityQueue<>();
    private volatile long lastNanos;

    private PacedUpstream(int port) throws IOException {
        selector = Selector.open();
        server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress("127.0.0.1", port), 4096);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        for (int i = 0; i < WORDS; i++) {
            deltas[i] = direct(CannedAnswers.delta(i));
        }
    }

    /// Serves until its process is ended.
    public static void main(String[] arguments) throws IOException {
        new PacedUpstream(Integer.parseInt(arguments[0])).serve();
    }

    /// One in this process, so that a client here can ask when it wrote.
    static PacedUpstream here() throws IOException {
        var upstream = new PacedUpstream(0);
        Thread.ofPlatform().daemon().name("paced-upstream").start(() -> {
            try {
                upstream.serve();
            } catch (IOException broken) {
                throw new IllegalStateException(broken);
            }
        });
        return upstream;
    }

    int port() throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    /// [System#nanoTime] before its last write of a delta.
    long lastNanos() {
        return lastNanos;
    }

    private void serve() throws IOException {
        while (true) {
            var next = due.peek();
            long wait = next == null ? Long.MAX_VALUE : next.dueNanos - System.nanoTime();
            if (wait <= 0) {
                selector.selectNow(this::take);
                advance(due.remove());
            } else {
                selector.select(this::take, next == null ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(wait)));
            }
        }
    }

    private void advance(Stream stream) {
        try {
            if (stream.channel.isOpen() && stream.write()) {
                due.add(stream);
            }
        } catch (IOException gone) {
            stream.close();
        }
    }

    private void take(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
        } else {
            var stream = (Stream) key.attachment();
            try {
                if (stream.isAsked()) {
                    due.add(stream);
                }
            } catch (IOException gone) {
                stream.close();
            }
        }
    }

    private void accept() {
        try {
            for (var channel = server.accept(); channel != null; channel = server.accept()) {
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.register(selector, SelectionKey.OP_READ, new Stream(channel));
            }
        } catch (IOException refused) {
            System.err.println(refused);
        }
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip().asReadOnlyBuffer();
    }

    /// A connection, and the answer that leaves on it.
    private final class Stream implements Comparable<Stream> {
        private final SocketChannel channel;
        private final byte[] bytes = new byte[REQUEST_BYTES];
        private int length;
        private int count;
        private int sent;
        private long paceNanos;
        private long dueNanos;

        Stream(SocketChannel channel) {
            this.channel = channel;
        }

        /// Whether a whole call has come.
        boolean isAsked() throws IOException {
            int more = channel.read(ByteBuffer.wrap(bytes, length, bytes.length - length));
            if (more < 0) {
                throw new IOException("closed");
            }
            length += more;
            if (RequestFrame.end(bytes, length) == 0) {
                return false;
            }
            var path = PATH.matcher(new String(bytes, 0, Math.min(length, 64), StandardCharsets.US_ASCII));
            if (!path.find()) {
                throw new IOException("no pace");
            }
            length = 0;
            sent = 0;
            count = Integer.parseInt(path.group(1));
            paceNanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(path.group(2)));
            dueNanos = System.nanoTime() + paceNanos;
            put(opening.duplicate());
            return true;
        }

        /// Whether there is more to come after this.
        boolean write() throws IOException {
            lastNanos = System.nanoTime();
            put(deltas[sent % WORDS].duplicate());
            dueNanos += paceNanos;
            if (++sent < count) {
                return true;
            }
            put(ByteBuffer.wrap(CannedAnswers.ending(count).getBytes(StandardCharsets.US_ASCII)));
            return false;
        }

        /* A peer that leaves this much unread is counted out: it would distort the pace of the others. */
        private void put(ByteBuffer frame) throws IOException {
            channel.write(frame);
            if (frame.hasRemaining()) {
                throw new IOException("unread");
            }
        }

        void close() {
            try {
                channel.close();
            } catch (IOException gone) {
                // The peer is gone either way.
            }
        }

        @Override
        public int compareTo(Stream other) {
            return Long.compare(dueNanos - other.dueNanos, 0);
        }
    }
}
