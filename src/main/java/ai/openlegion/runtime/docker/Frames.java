package ai.openlegion.runtime.docker;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// The engine's way of sending both standard streams over one connection: eight bytes of header, then the payload.
final class Frames {

    private static final int PIECE_MAX = 32 << 10;

    private Frames() {}

    /// Who takes the payloads, in pieces of at most 32 KiB; blocks while it cannot.
    interface Taker {
        void take(byte[] piece) throws InterruptedException;
    }

    /// Reads to the end of the stream.
    static void read(InputStream stream, Taker taker) throws IOException, InterruptedException {
        DataInputStream in = new DataInputStream(stream);
        byte[] header = new byte[4];
        while (true) {
            int kind = in.read();
            if (kind < 0) {
                return;
            }
            in.readFully(header, 1, 3);
            if (kind > 2) {
                throw new IOException("the engine's stream is not multiplexed");
            }
            long left = Integer.toUnsignedLong(in.readInt());
            while (left > 0) {
                byte[] piece = in.readNBytes((int) Math.min(left, PIECE_MAX));
                if (piece.length == 0) {
                    throw new EOFException("the engine's stream ends in a frame");
                }
                left -= piece.length;
                taker.take(piece);
            }
        }
    }
}
