package ai.openlegion.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/// Keeps what Vert.x puts on a connection off it until its client has spoken, so that a silent one costs a fifth; in
/// clear text it then lets Vert.x find out what is spoken, so that an upgrade can be looked at before it does.
final class FirstBytes extends ChannelInboundHandlerAdapter {

    /// Of the preface of HTTP/2: as long as these come, Vert.x has not decided.
    private static final int PREFACE_BYTES = 24;

    private @Nullable ChannelHandler initializer;
    private boolean telling;
    private int toldBytes;

    FirstBytes(boolean secure) {
        telling = !secure;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        // the server's bootstrap has put it behind this one, and it has not been asked yet
        initializer = context.pipeline().removeLast();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ChannelHandler vertx = initializer;
        if (vertx != null) {
            initializer = null;
            var _ = context.pipeline().addLast(vertx);
        }
        if (telling && message instanceof ByteBuf bytes) {
            tell(context, bytes);
        } else {
            telling = false;
            var _ = context.fireChannelRead(message);
        }
        if (!telling && !context.isRemoved()) {
            var _ = context.pipeline().remove(this);
        }
    }

    /// Byte by byte: from the first one on that is not the preface's, Vert.x decodes what it has, and no head that
    /// could
    /// ask for an upgrade is whole by then.
    private void tell(ChannelHandlerContext context, ByteBuf bytes) {
        while (telling && bytes.isReadable()) {
            toldBytes++;
            var _ = context.fireChannelRead(bytes.readRetainedSlice(1));
            boolean isHttp1 = context.pipeline().get(UpgradeGuard.GUARDED) != null;
            if (isHttp1) {
                var _ = context.pipeline().addBefore(UpgradeGuard.GUARDED, null, new UpgradeGuard());
            }
            telling = !isHttp1 && toldBytes < PREFACE_BYTES;
        }
        if (bytes.isReadable()) {
            var _ = context.fireChannelRead(bytes);
        } else {
            var _ = bytes.release();
        }
    }
}
