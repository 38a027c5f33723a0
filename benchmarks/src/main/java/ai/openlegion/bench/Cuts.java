package ai.openlegion.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Streams that are cut at their `max_tokens`, which the provider does not heed, one after another on one connection.
///
/// @param cutMicros from the provider's last write to the client's last byte, for each cut
/// @param deltaMicros from a delta's write to its arrival, for each delta before a cut
record Cuts(List<Double> cutMicros, List<Double> deltaMicros) {
    private static final int MOST = 3;
    private static final String END = "data: [DONE]\n\n";

    /// So many cuts.
    static Cuts of(Peer peer, PacedUpstream upstream, int count) throws IOException {
        var cuts = new Cuts(new ArrayList<>(), new ArrayList<>());
        String body = "{\"model\":\"" + peer.model() + "\",\"stream\":true,\"max_tokens\":" + MOST
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Go on for ever, please.\"}]}";
        String head = "POST " + peer.path() + " HTTP/1.1\r\nhost: 127.0.0.1\r\n" + String.join("\r\n", peer.headers())
                + "\r\ncontent-type: application/json\r\ncontent-length: " + body.length() + "\r\n\r\n";
        byte[] request = (head + body).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < count; i++) {
            // one connection each: whether one that was cut may be used again is not the question
            try (var channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", peer.ssePort()))) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.write(ByteBuffer.wrap(request));
                cuts.follow(channel, upstream);
            }
        }
        return cuts;
    }

    private void follow(SocketChannel channel, PacedUpstream upstream) throws IOException {
        ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
        var text = new StringBuilder();
        int deltas = 0;
        while (channel.read(in.clear()) >= 0) {
            double micros = (System.nanoTime() - upstream.lastNanos()) / 1e3;
            text.append(StandardCharsets.US_ASCII.decode(in.flip()));
            if (text.indexOf(END) >= 0) {
                cutMicros.add(micros);
                if (deltas > MOST || text.indexOf("\"finish_reason\":\"length\"") < 0) {
                    throw new IOException("not a cut: " + text);
                }
                return;
            }
            int seen = text.toString().split(CannedAnswers.WORD, -1).length - 1;
            if (seen > deltas) {
                deltas = seen;
                deltaMicros.add(micros);
            }
        }
        throw new IOException("closed before its end: " + text);
    }

    /// Whether a cut arrives as a delta does: a turn of the event loop later it would be as much later again.
    boolean isSameTurn() {
        return spread(cutMicros).median() <= 1.5 * spread(deltaMicros).median();
    }

    String text() {
        return String.format(
                Locale.ROOT,
                "%d cuts: last byte %s µs after the provider's last write; a delta %s µs after its own",
                cutMicros.size(),
                spread(cutMicros).show(0),
                spread(deltaMicros).show(0));
    }

    private static Spread spread(List<Double> figures) {
        return Spread.of(figures.stream().mapToDouble(Double::doubleValue));
    }
}
