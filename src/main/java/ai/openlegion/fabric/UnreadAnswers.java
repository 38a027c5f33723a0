package ai.openlegion.fabric;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;

/// The answers of one event loop that were written and that their clients have not taken yet, bounded in bytes and in
/// time: a client that asks and never reads holds no more of the heap than this.
final class UnreadAnswers {

    /// Of one agent: eight of the largest pages.
    static final long AGENT_BYTES = 8 << 20;

    /// Of all agents: a sixteenth of the heap that the launcher gives.
    static final long ALL_BYTES = 64 << 20;

    /// From here on an answer is large: it is refused where there is no room, while a shorter one says why.
    static final int LARGE_BYTES = 4096;

    /// What an answer takes besides its body, roughly: its head and what stands for it here and in the connection.
    private static final int HEAD_BYTES = 1024;

    private static final Logger LOG = System.getLogger("openlegion.fabric");

    private final int slowTicks;

    /// The longest unread first.
    private final SequencedSet<Answer> unread = new LinkedHashSet<>();

    private final Map<AgentId, Long> byAgent = new HashMap<>();
    private long bytes;
    private int tick;

    private record Answer(AgentId agent, HttpServerRequest request, long size, int writtenTick) {}

    UnreadAnswers(StreamLimits limits) {
        slowTicks = limits.slowClientSeconds() * InboxReaders.TICKS_A_SECOND;
    }

    /// Whether a large answer may be written. The only one of its agent may, however large it is.
    boolean hasRoom(AgentId agent, int size) {
        long mine = byAgent.getOrDefault(agent, 0L);
        return (mine == 0 || mine + size <= AGENT_BYTES) && (bytes == 0 || bytes + size <= ALL_BYTES);
    }

    /// Whether even those must not be written that need no room: small ones, and what tells of something done.
    private boolean isOverfull(AgentId agent) {
        return byAgent.getOrDefault(agent, 0L) > 2 * AGENT_BYTES || bytes > 2 * ALL_BYTES;
    }

    /// Ends the response with this body; an agent that leaves far too much unread loses the connection instead.
    void write(AgentId agent, HttpServerRequest request, byte[] body) {
        if (isOverfull(agent)) {
            drop(request.connection());
            return;
        }
        HttpServerResponse response = request.response();
        Future<Void> written;
        if (body.length < LARGE_BYTES) {
            written = response.end(Buffer.buffer(body));
        } else {
            // ended only when it has been taken: until then HTTP/1 serves no next request
            written = response.putHeader("content-length", Integer.toString(body.length))
                    .write(Buffer.buffer(body))
                    .compose(_ -> response.end());
        }
        if (!written.isComplete()) {
            var answer = new Answer(agent, request, body.length + HEAD_BYTES, tick);
            unread.add(answer);
            byAgent.merge(agent, answer.size(), Long::sum);
            bytes += answer.size();
            written.onComplete(_ -> forget(answer));
        }
    }

    /// It has been taken or never will be; twice is once.
    private void forget(Answer answer) {
        if (unread.remove(answer)) {
            bytes -= answer.size();
            byAgent.computeIfPresent(
                    answer.agent(), (_, mine) -> mine == answer.size() ? null : Long.valueOf(mine - answer.size()));
        }
    }

    /// How many bytes of an agent are unread.
    long of(AgentId agent) {
        return byAgent.getOrDefault(agent, 0L);
    }

    void onTick() {
        tick++;
        while (!unread.isEmpty() && tick - unread.getFirst().writtenTick() > slowTicks) {
            Answer slow = unread.getFirst();
            forget(slow);
            LOG.log(Level.INFO, "answer dropped, its client does not read agent=" + slow.agent());
            abandon(slow.request());
        }
    }

    /// Gives up a response that is not taken, and its connection with it: that alone is sure to free what it holds.
    static void abandon(HttpServerRequest request) {
        drop(request.connection());
    }

    /// Closes at once: `close()` waits until all is written, which a client that does not read never lets happen.
    private static void drop(HttpConnection connection) {
        if (connection instanceof HttpServerConnection internal) {
            var _ = internal.channelHandlerContext().close();
        } else {
            var _ = connection.close();
        }
    }
}
