package ai.openlegion.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Settings;

/// The frames of one HTTP/2 connection that ask for work and bring nothing, counted a second; too many end it.
///
/// Netty bounds resets, continuations, heads and what it queues in answer; a client that reads its answers may send
/// pings, settings, priorities, window updates and crumbs of bodies without end, and each costs the others time.
final class FrameMeter extends Http2FrameListenerDecorator {

    /// Of pings, settings, priorities and what HTTP/2 does not know: clients send a few a minute.
    private static final int MOST_IDLE_FRAMES = 200;

    /// Of pieces of bodies shorter than [#CRUMB_BYTES] that are not the last: more is no way to send a body.
    private static final int MOST_CRUMBS = 2_000;

    private static final int CRUMB_BYTES = 64;

    /// Of a connection, and of each stream that is answered: sparing clients send one for half a window, others one or
    /// two for a frame.
    private static final int MOST_WINDOW_UPDATES = 2_000;

    private final ClientConnection connection;
    private final Http2ConnectionHandler handler;

    private int second;
    private int idle;
    private int crumbs;
    private int updates;

    private FrameMeter(ClientConnection connection, Http2ConnectionHandler handler) {
        super(handler.decoder().frameListener());
        this.connection = connection;
        this.handler = handler;
    }

    /// From here on the frames of this connection are counted.
    static void count(ClientConnection connection, Http2ConnectionHandler handler) {
        handler.decoder().frameListener(new FrameMeter(connection, handler));
    }

    private void secondPasses() {
        int now = connection.tick();
        if (now != second) {
            second = now;
            idle = 0;
            crumbs = 0;
            updates = 0;
        }
    }

    private void idles() throws Http2Exception {
        secondPasses();
        if (++idle > MOST_IDLE_FRAMES) {
            throw tooMany();
        }
    }

    private static Http2Exception tooMany() {
        return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many frames that bring nothing");
    }

    @Override
    public int onDataRead(ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean ends)
            throws Http2Exception {
        if (!ends && data.readableBytes() < CRUMB_BYTES) {
            secondPasses();
            if (++crumbs > MOST_CRUMBS) {
                throw tooMany();
            }
        }
        return super.onDataRead(context, stream, data, padding, ends);
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext context, int stream, int increment) throws Http2Exception {
        secondPasses();
        if (++updates > MOST_WINDOW_UPDATES
                && updates > MOST_WINDOW_UPDATES * (1L + handler.connection().numActiveStreams())) {
            throw tooMany();
        }
        connection.opensWindow();
        super.onWindowUpdateRead(context, stream, increment);
    }

    @Override
    public void onPingRead(ChannelHandlerContext context, long data) throws Http2Exception {
        idles();
        super.onPingRead(context, data);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext context, long data) throws Http2Exception {
        idles();
        super.onPingAckRead(context, data);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) throws Http2Exception {
        idles();
        connection.opensWindow(); // of all streams, where they say so
        super.onSettingsRead(context, settings);
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext context) throws Http2Exception {
        idles();
        super.onSettingsAckRead(context);
    }

    @Override
    public void onPriorityRead(
            ChannelHandlerContext context, int stream, int dependency, short weight, boolean exclusive)
            throws Http2Exception {
        idles();
        super.onPriorityRead(context, stream, dependency, weight, exclusive);
    }

    @Override
    public void onGoAwayRead(ChannelHandlerContext context, int lastStream, long error, ByteBuf text)
            throws Http2Exception {
        idles();
        super.onGoAwayRead(context, lastStream, error, text);
    }

    @Override
    public void onUnknownFrame(ChannelHandlerContext context, byte type, int stream, Http2Flags flags, ByteBuf payload)
            throws Http2Exception {
        idles();
        super.onUnknownFrame(context, type, stream, flags, payload);
    }
}
