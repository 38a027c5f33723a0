package ai.openlegion.listener;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.impl.NetServerImpl;
import io.vertx.core.net.impl.NetServerInternal;
import io.vertx.core.spi.transport.Transport;

/// Vert.x as one server sees it: the same, but that each socket meets [Connections] when it is accepted.
///
/// Vert.x itself has no place for this: with HTTP/2 over clear text it shows a connection only after a whole head, and
/// with TLS only after the handshake, so neither silence nor a dribbled head could be seen, counted or ended.
final class GatedVertx extends VertxWrapper {

    private final Connections connections;

    GatedVertx(VertxInternal vertx, Connections connections) {
        super(vertx);
        this.connections = connections;
    }

    @Override
    public NetServerInternal createNetServer(NetServerOptions options) {
        return new NetServerImpl(this, options.copy());
    }

    @Override
    public Transport transport() {
        return new GatedTransport(super.transport(), connections);
    }

    /// The transport that is there, with a gate at the server's socket.
    private record GatedTransport(Transport actual, Connections connections) implements Transport {

        @Override
        public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
            actual.configure(options, domainSocket, bootstrap);
            var _ = bootstrap.handler(new Gate(connections, options.isSsl()));
        }

        @Override
        public void configure(
                ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
            actual.configure(options, connectTimeout, domainSocket, bootstrap);
        }

        @Override
        public boolean supportFileRegion() {
            return actual.supportFileRegion();
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return actual.ioHandlerFactory();
        }

        @Override
        public DatagramChannel datagramChannel() {
            return actual.datagramChannel();
        }

        @Override
        @SuppressWarnings("deprecation") // the transport's own signature
        public DatagramChannel datagramChannel(InternetProtocolFamily family) {
            return actual.datagramChannel(family);
        }

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            return actual.channelFactory(domainSocket);
        }

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            return actual.serverChannelFactory(domainSocket);
        }
    }

    /// Sees each socket that the server accepts, before it has an event loop.
    private static final class Gate extends ChannelInboundHandlerAdapter {

        private final Connections connections;
        private final boolean secure;

        Gate(Connections connections, boolean secure) {
            this.connections = connections;
            this.secure = secure;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            if (!(accepted instanceof Channel channel)) {
                var _ = context.fireChannelRead(accepted);
                return;
            }
            ClientConnection connection = connections.accept(channel);
            if (connection == null) {
                channel.unsafe().closeForcibly();
                return;
            }
            var _ = channel.pipeline().addLast("client", connection).addLast(new FirstBytes(secure));
            var _ = context.fireChannelRead(channel);
        }
    }
}
