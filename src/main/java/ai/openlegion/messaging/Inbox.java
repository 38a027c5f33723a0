package ai.openlegion.messaging;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Scope;
import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The door by which inboxes are read: each agent's one durable, ordered stream of items.
public final class Inbox {

    /// The longest wait of a [Fetch].
    public static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /// Reads items after a place, waiting for the first one if there is none. Long poll, event stream and push lanes
    /// all read by it, each at its own pace, so that no reader needs a buffer.
    public static final Endpoint<Fetch, Fetched> FETCH =
            new Endpoint<>("inbox.fetch", Scope.CLUSTER, Fetch.class, Fetched.class, LONGEST_WAIT.plusSeconds(10));

    /// Removes items that the agent has dealt with.
    public static final Endpoint<Ack, Acked> ACK = Endpoint.cluster("inbox.ack", Ack.class, Acked.class);

    /// Notes that an item was pushed to its agent and taken: it stays readable, and makes room when the inbox is full.
    public static final Endpoint<Pushed, Noted> PUSHED = Endpoint.cluster("inbox.pushed", Pushed.class, Noted.class);

    /// How an inbox stands.
    public static final Endpoint<Read, Standing> READ = Endpoint.cluster("inbox.read", Read.class, Standing.class);

    /// A reader has gone away; its [Fetch] need not be answered.
    public static final Topic<Left> LEFT = Topic.cluster("inbox.left", Left.class);

    private Inbox() {}

    /// One item.
    ///
    /// @param seq its place in the agent's inbox, from 1 without gaps in what was accepted
    /// @param from an agent id, `mesh` or `operator`
    /// @param payload the text of a JSON value, without line breaks
    public record Item(
            long seq,
            Messaging.Kind kind,
            String id,
            String from,
            @Nullable String type,
            @Nullable String topic,
            String payload,
            @Nullable String replyTo,
            @Nullable String priority,
            long timeMillis) {}

    /// Asks for items.
    ///
    /// @param after the place behind which to read; below 0 = behind what was acknowledged
    /// @param limit the most items wanted, from 1; an answer is also bounded in bytes
    /// @param waitMillis how long to wait for a first one, at most [#LONGEST_WAIT]
    /// @param reader names who waits, for [Left]; unique among all readers
    public record Fetch(AgentId agent, long after, int limit, long waitMillis, String reader) implements Wire {}

    /// What a fetch found.
    public sealed interface Fetched extends Wire {}

    /// Items in order; none when the wait is over.
    ///
    /// @param last the place of the last one; without any, where the reader stood
    public record Items(List<Item> items, long last) implements Fetched {
        public Items {
            items = List.copyOf(items);
        }
    }

    /// The agent is gone, or waits in as many places as it may.
    public record Refused(String why) implements Fetched {}

    /// The store cannot answer now.
    public record Unavailable() implements Fetched, Acked, Standing {}

    /// A reader that is gone.
    public record Left(AgentId agent, String reader) implements Wire {}

    /// Acknowledges every item up to a place.
    public record Ack(AgentId agent, long upTo) implements Wire {}

    /// What became of an acknowledgement.
    public sealed interface Acked extends Wire {}

    /// The items are gone, durably; `removed` of them by this one.
    public record Removed(long upTo, int removed) implements Acked {}

    /// The place lies beyond the last item.
    public record BeyondTheEnd(long lastSeq) implements Acked {}

    /// An item was pushed.
    public record Pushed(AgentId agent, long seq) implements Wire {}

    /// It is noted.
    public record Noted() implements Wire {}

    /// Asks how an inbox stands.
    public record Read(AgentId agent) implements Wire {}

    /// How an inbox stands, or why that is not known.
    public sealed interface Standing extends Wire {}

    /// How an inbox stands.
    ///
    /// @param items that are not acknowledged
    /// @param fromMesh how many of them the mesh itself sent: cron and heartbeat
    /// @param bytes of their texts
    /// @param pushedUpTo the place of the last item that was pushed, also before a restart; 0 = none
    /// @param readers that wait now
    /// @param topics it is subscribed to
    public record State(
            long items,
            long fromMesh,
            long bytes,
            long ackedUpTo,
            long pushedUpTo,
            long lastSeq,
            int readers,
            List<String> topics)
            implements Standing {
        public State {
            topics = List.copyOf(topics);
        }
    }
}
