package ai.openlegion.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// One connection of a listener from the moment it is accepted: whose it is, and what it is waiting for.
///
/// It stands at the head of the connection's pipeline and lives on its event loop.
public final class ClientConnection extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = System.getLogger("openlegion.listener");

    /// Requests that one turn of the event loop serves before the other connections have theirs.
    private static final int MOST_IN_TURN = 16;

    /// Bytes of one read, and reads in one turn: what a flood can make the others wait.
    private static final int READ_BYTES = 32 * 1024;

    private static final int READS = 4;

    /// Refused for the lack of a valid token; a client with a wrong one tries a few times, and each costs the others.
    private static final int MOST_FAILURES = 32;

    /// Of the preface of HTTP/2: as long as these come, Vert.x has not decided what is spoken.
    private static final int PREFACE_BYTES = 24;

    /// How many times its seconds an anonymous connection may have while a request on it is being looked at.
    private static final int MOST_PATIENCE = 6;

    private static final int NEVER = -1;
    private static final Object NOBODY = new Object();

    private final Connections all;
    private final Channel channel;
    private final String address;
    private boolean telling;
    private int toldBytes;

    private volatile @Nullable Object owner;
    private volatile boolean resting;

    private @Nullable ChannelHandlerContext context;
    private @Nullable LoopConnections loop;
    private @Nullable Http2ConnectionHandler http2;
    private @Nullable HttpServerRequest last;
    private int openedTick;
    private int requestTick;
    private int headTick = NEVER;
    private @Nullable Object stuckAt;
    private int stuckBytes;
    private int stuckTick;
    private int failures;
    private boolean isLeaving;
    private int inTurn;
    private @Nullable Deque<Waiting> waiting;

    /// A request whose connection has not taken its answers yet.
    private record Waiting(HttpServerRequest request, Handler<HttpServerRequest> to, Object owner) {}

    ClientConnection(Connections all, Channel channel, String address, boolean secure) {
        this.all = all;
        this.channel = channel;
        this.address = address;
        telling = !secure;
        var _ = channel.config()
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(64, 2048, READ_BYTES).maxMessagesPerRead(READS));
    }

    /// Of an agent's network; else empty.
    String address() {
        return address;
    }

    /// Who holds it; null while nobody has shown a valid token on it.
    @Nullable
    Object owner() {
        return owner;
    }

    void isOwnedBy(Object claimant) {
        owner = claimant;
    }

    boolean isResting() {
        return resting;
    }

    int tick() {
        LoopConnections mine = loop;
        return mine == null ? 0 : mine.tick();
    }

    /// A valid token came in on it: it is its owner's from now on, and stays the first one's.
    ///
    /// @return false where the owner has too many connections already; then this one stays anonymous
    public boolean isOf(Object claimant) {
        return owner != null || all.claim(this, claimant);
    }

    /// A request on it had no valid token; after a number of them it is closed.
    public void fails(HttpServerRequest request) {
        if (++failures >= MOST_FAILURES) {
            leavesAfter(request);
        }
    }

    /// Closes it after the answer that is being written, whatever else has come on it.
    public void leavesAfter(HttpServerRequest request) {
        isLeaving = true;
        if (http2 == null) {
            request.response().putHeader("connection", "close");
        }
        HttpConnection connection = request.connection();
        channel.eventLoop().execute(() -> {
            var _ = connection.close();
        });
    }

    /// Vert.x has found out what is spoken on it.
    public void shows(HttpConnection connection) {
        ChannelHandlerContext vertx = ((HttpServerConnection) connection).channelHandlerContext();
        if (vertx.handler() instanceof Http2ConnectionHandler handler && http2 == null) {
            http2 = handler;
            FrameMeter.count(this, handler);
        }
    }

    /// A request has come; it is handed on when this connection may be served.
    void hand(HttpServerRequest request, Handler<HttpServerRequest> to) {
        if (isLeaving) {
            return;
        }
        requestTick = tick();
        headTick = NEVER;
        if (resting) {
            resting = false;
        }
        if (http2 == null) {
            last = request;
        }
        if (++inTurn > MOST_IN_TURN || waiting != null || !channel.isWritable()) {
            waits(request, to);
        } else {
            to.handle(request);
        }
    }

    private void waits(HttpServerRequest request, Handler<HttpServerRequest> to) {
        LoopConnections mine = loop;
        Object holder = owner;
        Object as = holder == null ? NOBODY : holder;
        if (mine == null || !mine.waits(as)) {
            drop("pipeline");
            return;
        }
        request.pause();
        Deque<Waiting> queue = waiting;
        if (queue == null) {
            queue = new ArrayDeque<>();
            waiting = queue;
            if (channel.isWritable()) {
                channel.eventLoop().execute(this::serve);
            }
        }
        queue.add(new Waiting(request, to, as));
    }

    private void serve() {
        Deque<Waiting> queue = waiting;
        LoopConnections mine = loop;
        if (queue == null || mine == null) {
            return;
        }
        for (int i = 0; i < MOST_IN_TURN && channel.isWritable(); i++) {
            Waiting next = queue.poll();
            if (next == null) {
                break;
            }
            mine.waitNoMore(next.owner(), 1);
            if (!next.request().response().closed()) {
                next.to().handle(next.request());
                next.request().resume();
            }
        }
        if (waiting == null) {
            return; // it was closed meanwhile
        }
        if (queue.isEmpty()) {
            waiting = null;
            inTurn = 0;
        } else if (channel.isWritable()) {
            channel.eventLoop().execute(this::serve);
        }
    }

    /// A second has passed.
    void onTick(int tick) {
        ConnectionLimits limits = all.limits();
        if (owner == null) {
            int age = tick - openedTick;
            if (age > limits.headSeconds() && (!isServing() || age > MOST_PATIENCE * limits.headSeconds())) {
                drop("anonymous");
            }
        } else if (isStuck(tick, limits.slowSeconds())) {
            drop("unread");
        } else if (isServing()) {
            headTick = NEVER;
        } else {
            last = null;
            if (headTick != NEVER && tick - headTick > limits.headSeconds()) {
                drop("head");
            } else if (tick - requestTick > limits.idleSeconds()) {
                drop("idle");
            } else {
                resting = headTick == NEVER;
            }
        }
    }

    /// Whether a request on it has not been answered.
    private boolean isServing() {
        Http2ConnectionHandler handler = http2;
        if (handler == null) {
            HttpServerRequest request = last;
            return waiting != null || (request != null && !request.response().ended());
        }
        try {
            return waiting != null
                    || (handler.connection().numActiveStreams() > 0
                            && handler.connection()
                                            .forEachActiveStream(
                                                    stream -> stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL)
                                    != null);
        } catch (Http2Exception unexpected) {
            return false;
        }
    }

    /// Whether its client has taken nothing for so long of what is there for it, be that little or much.
    @SuppressWarnings("ReferenceEquality") // the same piece still being first is what matters
    private boolean isStuck(int tick, int slowSeconds) {
        ChannelOutboundBuffer unread = channel.unsafe().outboundBuffer();
        Object first = unread == null ? null : unread.current();
        int bytes = first instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        if (first == null || first != stuckAt || bytes != stuckBytes) {
            stuckTick = tick;
        }
        stuckAt = first;
        stuckBytes = bytes;
        return first != null && tick - stuckTick > slowSeconds;
    }

    /// Another connection needs its place; called from any thread.
    void makeWay() {
        channel.eventLoop().execute(() -> drop("crowded"));
    }

    /// Closes it at once, whatever is unread or unwritten.
    void drop(String why) {
        LOG.log(Level.DEBUG, "connection dropped why={0}", why);
        ChannelHandlerContext mine = context;
        var _ = mine == null ? channel.close() : mine.close();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        LoopConnections mine = all.on(added.executor());
        loop = mine;
        mine.add(this);
        openedTick = mine.tick();
        requestTick = openedTick;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        LoopConnections mine = loop;
        if (mine != null) {
            mine.remove(this);
            Deque<Waiting> queue = waiting;
            if (queue != null) {
                queue.forEach(left -> mine.waitNoMore(left.owner(), 1));
            }
        }
        waiting = null;
        last = null;
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (telling && message instanceof ByteBuf bytes) {
            tell(from, bytes);
            return;
        }
        if (resting) {
            resting = false;
            if (http2 == null) {
                headTick = tick(); // the next head has begun
            }
        }
        var _ = from.fireChannelRead(message);
    }

    /// Lets Vert.x find out what is spoken, byte by byte, so that an upgrade can be looked at before it does: from the
    /// first byte on that is not the preface's it decodes what it has, and no head that could ask is whole by then.
    private void tell(ChannelHandlerContext from, ByteBuf bytes) {
        while (telling && bytes.isReadable()) {
            toldBytes++;
            var _ = from.fireChannelRead(bytes.readRetainedSlice(1));
            boolean isHttp1 = from.pipeline().get(UpgradeGuard.GUARDED) != null;
            if (isHttp1) {
                var _ = from.pipeline().addBefore(UpgradeGuard.GUARDED, null, new UpgradeGuard());
            }
            telling = !isHttp1 && toldBytes < PREFACE_BYTES;
        }
        if (bytes.isReadable()) {
            var _ = from.fireChannelRead(bytes);
        } else {
            var _ = bytes.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        inTurn = 0;
        var _ = from.fireChannelReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        var _ = from.fireChannelWritabilityChanged();
        if (waiting != null && channel.isWritable()) {
            channel.eventLoop().execute(this::serve);
        }
    }
}
