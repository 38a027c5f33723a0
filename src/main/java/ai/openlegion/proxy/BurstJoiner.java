package ai.openlegion.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpClientConnectionInternal;
import org.jspecify.annotations.Nullable;

/// Joins the HTTP chunks that one read of a provider's connection brought into one, before Vert.x sees them.
///
/// A burst comes as many chunks, a frame in each, and the way of each through Vert.x's queues and handlers costs more
/// than reading and metering it. A chunk that comes alone passes as it is, in the same turn.
final class BurstJoiner extends ChannelInboundHandlerAdapter {

    private static final int MOST_BYTES = 64 * 1024;

    private @Nullable HttpContent alone;
    private @Nullable ByteBuf joined;

    /// What the last burst of this connection came to.
    private int usual = 1024;

    BurstJoiner() {}

    /// Puts one between the HTTP decoder and Vert.x's handler of an HTTP/1 connection; HTTP/2 frames come as they are.
    static void join(HttpConnection connection) {
        if (connection instanceof HttpClientConnectionInternal internal && internal.concurrency() == 1) {
            ChannelHandlerContext vertx = internal.channelHandlerContext();
            var _ = vertx.pipeline().addBefore(vertx.name(), "burst-joiner", new BurstJoiner());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof DefaultHttpContent piece) || message instanceof LastHttpContent) {
            pass(context);
            var _ = context.fireChannelRead(message);
            return;
        }
        HttpContent first = alone;
        ByteBuf all = joined;
        if (first == null && all == null) {
            alone = piece;
            return;
        }
        if (all == null) {
            all = Unpooled.buffer(usual);
            joined = all;
        }
        if (first != null) {
            append(all, first);
            alone = null;
        }
        append(all, piece);
        if (all.readableBytes() >= MOST_BYTES) {
            pass(context);
        }
    }

    private static void append(ByteBuf all, HttpContent piece) {
        var _ = all.writeBytes(piece.content());
        var _ = piece.release();
    }

    private void pass(ChannelHandlerContext context) {
        HttpContent message = alone;
        ByteBuf all = joined;
        alone = null;
        joined = null;
        if (message == null && all != null) {
            usual = all.readableBytes();
            message = new DefaultHttpContent(all);
        }
        if (message != null) {
            var _ = context.fireChannelRead(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        pass(context);
        var _ = context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        pass(context);
        var _ = context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        pass(context);
    }
}
