package ai.openlegion.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// The look at a connection's first request before Vert.x upgrades it to HTTP/2: an `Upgrade: h2c` that it could not
/// follow is left out, as HTTP allows, and the request served as it is.
///
/// Vert.x answers such a request 400, goes on reading its body and never gives that memory back. Where it does so
/// although the upgrade looked well here, the connection is closed, and what still comes on it thrown away.
final class UpgradeGuard extends ChannelInboundHandlerAdapter {

    /// Vert.x's name for the handler that upgrades; it is there until it has let a first request pass, or a whole one
    /// that was upgraded.
    static final String GUARDED = "h2c";

    private static final String SETTINGS = "http2-settings";
    private static final int SETTING_BYTES = 6;

    private boolean isOver;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isOver) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest request) {
            HttpHeaders headers = request.headers();
            if (headers.contains(HttpHeaderNames.UPGRADE, Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, true)) {
                if (canUpgrade(request)) {
                    // Vert.x reads this list in a way of its own, so it gets the one that it understands
                    var _ = headers.set(HttpHeaderNames.CONNECTION, "Upgrade, HTTP2-Settings");
                } else {
                    var _ = headers.remove(HttpHeaderNames.UPGRADE);
                }
            }
            var _ = context.fireChannelRead(message);
            leave(context);
        } else {
            var _ = context.fireChannelRead(message);
        }
    }

    private void leave(ChannelHandlerContext context) {
        ChannelPipeline pipeline = context.pipeline();
        isOver = pipeline.get(GUARDED) != null && pipeline.get(Http2ConnectionHandler.class) == null;
        if (isOver) {
            var _ = context.channel().close();
        } else if (!context.isRemoved()) {
            var _ = pipeline.remove(this);
        }
    }

    private static boolean canUpgrade(HttpRequest request) {
        HttpHeaders headers = request.headers();
        String connection = headers.get(HttpHeaderNames.CONNECTION);
        String settings = headers.get(SETTINGS);
        // of a malformed head no body comes, and upgraded, a chunked one would no longer be refused
        if (connection == null
                || settings == null
                || headers.getAll(SETTINGS).size() != 1
                || request.decoderResult().isFailure()
                || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return false;
        }
        Set<String> options = Arrays.stream(connection.toLowerCase(Locale.ROOT).split(",", -1))
                .map(String::strip)
                .collect(Collectors.toSet());
        return options.contains("upgrade") && options.contains(SETTINGS) && areSettings(settings);
    }

    private static boolean areSettings(String encoded) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(encoded);
        } catch (IllegalArgumentException malformed) {
            return false;
        }
        if (bytes.length % SETTING_BYTES != 0) {
            return false;
        }
        var settings = new Http2Settings();
        ByteBuffer pairs = ByteBuffer.wrap(bytes);
        try {
            while (pairs.hasRemaining()) {
                var _ = settings.put(pairs.getChar(), Long.valueOf(Integer.toUnsignedLong(pairs.getInt())));
            }
        } catch (IllegalArgumentException impossible) {
            return false;
        }
        return true;
    }
}
