package ai.openlegion.listener;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
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
import java.util.function.Predicate;
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
    private static final int MOST_FAILURES = 8;

    /// How many times its seconds an anonymous connection may have while a request on it is being looked at.
    private static final int MOST_PATIENCE = 6;

    private static final int NEVER = -1;
    private static final Object NOBODY = new Object();

    private final Connections all;
    private final Channel channel;
    private final String address;

    private volatile @Nullable Object owner;
    private @Nullable String token;
    private volatile Ease ease = Ease.BUSY;

    private @Nullable ChannelHandlerContext context;
    private @Nullable LoopConnections loop;
    private @Nullable Http2ConnectionHandler http2;
    private @Nullable HttpServerRequest last;
    private int openedTick;
    private int busyTick;
    private int headTick = NEVER;
    private boolean heard;
    private int heardTick;
    private boolean hadBody;
    private final Unread unread;
    private int failures;
    private boolean isLeaving;
    private int inTurn;
    private @Nullable Deque<Waiting> waiting;

    /// How little it would cost its client to lose the connection now.
    enum Ease {
        BUSY,
        /// A request has not come whole, or an answer that was given has not been read whole.
        HALFWAY,
        RESTING
    }

    /// What a connection is waiting for.
    private enum Work {
        NONE,
        BODY,
        ANSWER
    }

    /// A request whose connection has not taken its answers yet.
    private record Waiting(HttpServerRequest request, Handler<HttpServerRequest> to, Object owner) {}

    ClientConnection(Connections all, Channel channel, String address) {
        this.all = all;
        this.channel = channel;
        this.address = address;
        unread = new Unread(channel);
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

    void isOwnedBy(@Nullable Object claimant) {
        owner = claimant;
    }

    Ease ease() {
        return ease;
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

    /// The same, for as long as this token stands: see [Connections#prove].
    public boolean isOf(Object claimant, String by) {
        token = by;
        return isOf(claimant);
    }

    /// The tokens that stand may be others now. Without one it is as anonymous as a new connection.
    void prove(Predicate<String> stands) {
        String last = token;
        if (last != null && owner != null && !stands.test(last)) {
            token = null;
            openedTick = tick();
            all.disown(this);
        }
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
        busyTick = tick();
        headTick = NEVER;
        if (ease != Ease.BUSY) {
            ease = Ease.BUSY;
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
        if (heard) {
            heard = false;
            heardTick = tick;
        }
        Work work = work();
        if (owner == null) {
            int age = tick - openedTick;
            if (age > limits.headSeconds() && (work == Work.NONE || age > MOST_PATIENCE * limits.headSeconds())) {
                drop("anonymous");
            }
            return;
        }
        unread.look(tick, http2);
        boolean isBusy = work != Work.NONE || !unread.isEmpty();
        if (isBusy) {
            busyTick = tick;
            headTick = NEVER;
        } else {
            last = null;
        }
        if (unread.seconds(tick) > limits.slowSeconds()) {
            drop("unread");
        } else if (work == Work.BODY && tick - heardTick > limits.idleSeconds()) {
            drop("body");
        } else if (headTick != NEVER && tick - headTick > limits.headSeconds()) {
            drop("head");
        } else if (tick - busyTick > limits.idleSeconds()) {
            leave(tick - busyTick > limits.idleSeconds() + 1);
        }
        // a body that comes at once is no reason to lose the connection
        boolean isHalfway = headTick != NEVER || work == Work.NONE || (work == Work.BODY && hadBody);
        ease = !isBusy && headTick == NEVER ? Ease.RESTING : isHalfway ? Ease.HALFWAY : Ease.BUSY;
        hadBody = work == Work.BODY;
    }

    /// Says farewell where that is possible, and goes; nothing is unwritten.
    private void leave(boolean hasBeenSaid) {
        if (hasBeenSaid) {
            drop("idle");
        } else {
            var _ = channel.close();
        }
    }

    /// What of its requests has not been answered.
    private Work work() {
        if (waiting != null) {
            return Work.ANSWER;
        }
        Http2ConnectionHandler handler = http2;
        if (handler == null) {
            HttpServerRequest request = last;
            return request == null || request.response().ended()
                    ? Work.NONE
                    : request.isEnded() ? Work.ANSWER : Work.BODY;
        }
        return has(handler, Http2Stream.State.HALF_CLOSED_REMOTE)
                ? Work.ANSWER
                : has(handler, Http2Stream.State.OPEN) ? Work.BODY : Work.NONE;
    }

    private static boolean has(Http2ConnectionHandler handler, Http2Stream.State state) {
        try {
            return handler.connection().numActiveStreams() > 0
                    && handler.connection().forEachActiveStream(stream -> stream.state() != state) != null;
        } catch (Http2Exception unexpected) {
            return false;
        }
    }

    /// It takes what is there for it.
    void opensWindow() {
        unread.opens();
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
        busyTick = openedTick;
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
        heard = true;
        if (ease == Ease.RESTING) {
            ease = Ease.HALFWAY;
            if (http2 == null) {
                headTick = tick(); // the next head has begun
            }
        }
        var _ = from.fireChannelRead(message);
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
