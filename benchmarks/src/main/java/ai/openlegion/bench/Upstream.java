package ai.openlegion.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;

/// A canned provider: one selector thread that answers every request with a precomputed answer of its path's dialect.
///
/// It is as cheap as an HTTP server can be, so that what is measured is the gateway before it: no parsing beyond the
/// frame, no allocation a request, one write an answer. A body that asks for a stream gets 64 deltas, each in its own
/// HTTP chunk but all in one write, as a provider's burst arrives; any other body gets one JSON answer.
///
/// Usage: `Upstream PORT`.
public final class Upstream {
    private static final int REQUEST_BYTES = 256 * 1024;

    private Upstream() {}

    /// Serves until its process is ended.
    public static void main(String[] arguments) throws IOException {
        var json = direct(CannedAnswers.json());
        var streams = Map.of(
                Peer.CHAT, direct(CannedAnswers.stream()),
                Peer.MESSAGES, direct(CannedDialects.messages()),
                Peer.RESPONSES, direct(CannedDialects.responses()));
        try (var selector = Selector.open();
                var server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 1024);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            while (true) {
                selector.select(key -> serve(key, json, streams));
            }
        }
    }

    private static void serve(SelectionKey key, ByteBuffer json, Map<String, ByteBuffer> streams) {
        try {
            if (key.isAcceptable()) {
                accept(key);
            } else {
                var connection = (Connection) key.attachment();
                connection.advance(json, streams);
            }
        } catch (IOException gone) {
            close(key);
        }
    }

    private static void accept(SelectionKey key) throws IOException {
        var channel = ((ServerSocketChannel) key.channel()).accept();
        if (channel == null) {
            return;
        }
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        var registered = channel.register(key.selector(), SelectionKey.OP_READ);
        registered.attach(new Connection(registered, channel));
    }

    private static void close(SelectionKey key) {
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException ignored) {
            // The peer is gone either way.
        }
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip().asReadOnlyBuffer();
    }

    /// One keep-alive connection: the bytes of the request that is arriving, and the answer that is leaving.
    private static final class Connection {
        private final SelectionKey key;
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocateDirect(REQUEST_BYTES);
        private final byte[] bytes = new byte[REQUEST_BYTES];
        private ByteBuffer out = ByteBuffer.allocate(0);

        Connection(SelectionKey key, SocketChannel channel) {
            this.key = key;
            this.channel = channel;
        }

        void advance(ByteBuffer json, Map<String, ByteBuffer> streams) throws IOException {
            if (key.isReadable() && channel.read(in) < 0) {
                close(key);
                return;
            }
            while (flushed()) {
                int length = in.position();
                in.get(0, bytes, 0, length);
                var request = RequestFrame.find(bytes, length);
                if (request == null) {
                    return;
                }
                in.flip().position(request.end());
                in.compact();
                out = (request.stream() ? streams.get(request.path()) : json).duplicate();
            }
        }

        private boolean flushed() throws IOException {
            if (out.hasRemaining()) {
                channel.write(out);
                boolean done = !out.hasRemaining();
                key.interestOps(done ? SelectionKey.OP_READ : SelectionKey.OP_WRITE);
                return done;
            }
            return true;
        }
    }
}
