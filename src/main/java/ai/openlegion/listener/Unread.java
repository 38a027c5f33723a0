package ai.openlegion.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/// What is there for a client and has not been taken, be that little or much, and since when it has taken none of it.
///
/// In HTTP/1 that is what the socket does not take; in HTTP/2 also what the client's windows hold back, of which it
/// takes some whenever it opens one.
final class Unread {

    private final Channel channel;
    private @Nullable Object first;
    private int firstBytes;
    private boolean isHeldBack;
    private int takenTick;
    private boolean hasOpened;

    Unread(Channel channel) {
        this.channel = channel;
    }

    /// The client has opened a window.
    void opens() {
        hasOpened = true;
    }

    /// Looks; once a second.
    @SuppressWarnings("ReferenceEquality") // the same piece still being first is what matters
    void look(int tick, @Nullable Http2ConnectionHandler http2) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        Object now = queue == null ? null : queue.current();
        int bytes = now instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        boolean held = now == null && http2 != null && holdsBack(http2);
        boolean takesNothing = now == null ? held && isHeldBack && !hasOpened : now == first && bytes == firstBytes;
        if (!takesNothing) {
            takenTick = tick;
        }
        first = now;
        firstBytes = bytes;
        isHeldBack = held;
        hasOpened = false;
    }

    /// Whether an answer that has begun meets a closed window. What is still to be written then is known to Vert.x
    /// alone,
    /// but a client that has read what it let in would have opened it again.
    private static boolean holdsBack(Http2ConnectionHandler http2) {
        Http2Connection connection = http2.connection();
        Http2RemoteFlowController windows = http2.encoder().flowController();
        if (connection.numActiveStreams() == 0) {
            return false;
        }
        boolean isShut = windows.windowSize(connection.connectionStream()) <= 0;
        try {
            return connection.forEachActiveStream(stream -> !stream.isHeadersSent()
                            || stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL
                            || (!isShut && windows.windowSize(stream) > 0))
                    != null;
        } catch (Http2Exception unexpected) {
            return false;
        }
    }

    boolean isEmpty() {
        return first == null && !isHeldBack;
    }

    /// Seconds that it has taken nothing of it.
    int seconds(int tick) {
        return isEmpty() ? 0 : tick - takenTick;
    }
}
