package ai.openlegion.gateway;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;

/// A body as it comes in. Mostly it comes in one piece, and that one is kept, not copied.
final class Pieces {

    private static final byte[] NONE = {};

    private byte[] bytes = NONE;
    private int length;

    int length() {
        return length;
    }

    void add(Buffer chunk) {
        ByteBuf piece = ((BufferInternal) chunk).getByteBuf();
        int size = piece.readableBytes();
        if (length == 0 && isAllOfItsArray(piece)) {
            bytes = piece.array();
        } else {
            if (length + size > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(length * 2, length + size));
            }
            var _ = piece.getBytes(piece.readerIndex(), bytes, length, size);
        }
        length += size;
    }

    private static boolean isAllOfItsArray(ByteBuf piece) {
        return piece.hasArray()
                && piece.arrayOffset() == 0
                && piece.readerIndex() == 0
                && piece.array().length == piece.readableBytes();
    }

    /// All that came.
    byte[] whole() {
        return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
    }

    void clear() {
        bytes = NONE;
        length = 0;
    }
}
