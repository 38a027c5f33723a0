package ai.openlegion.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2Settings;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// The look at a connection's first request before Vert.x upgrades it to HTTP/2: an `Upgrade: h2c` that it could not
/// follow is left out, as HTTP allows, and the request served as it is.
///
/// Vert.x answers such a request 400, goes on reading its body and never gives that memory back.
final class UpgradeGuard extends ChannelInboundHandlerAdapter {

    private static final String SETTINGS = "http2-settings";
    private static final int SETTING_BYTES = 6;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            HttpHeaders headers = request.headers();
            if (headers.containsValue(HttpHeaderNames.UPGRADE, "h2c", true) && !canUpgrade(headers)) {
                var _ = headers.remove(HttpHeaderNames.UPGRADE);
            }
            var _ = context.pipeline().remove(this);
        }
        var _ = context.fireChannelRead(message);
    }

    private static boolean canUpgrade(HttpHeaders headers) {
        String connection = headers.get(HttpHeaderNames.CONNECTION);
        String settings = headers.get(SETTINGS);
        if (connection == null || settings == null || headers.getAll(SETTINGS).size() != 1) {
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
