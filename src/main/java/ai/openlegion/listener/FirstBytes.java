package ai.openlegion.listener;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Keeps what Vert.x puts on a connection off it until its client has spoken, so that a silent one costs a fifth.
final class FirstBytes extends ChannelInboundHandlerAdapter {

    private @Nullable ChannelHandler initializer;

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        // the server's bootstrap has put it behind this one, and it has not been asked yet
        initializer = context.pipeline().removeLast();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object first) {
        var _ = context.pipeline().addLast(Objects.requireNonNull(initializer));
        var _ = context.fireChannelRead(first);
        var _ = context.pipeline().remove(this);
    }
}
