package ai.openlegion.blackboard;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The door of the blackboard on the bus: versioned entries that agents share.
///
/// Who asks has decided that the caller may do it; only [#LIST] and [#MATCH], whose entries nobody knows beforehand,
/// are decided entry by entry here. Keys arrive validated ([BlackboardKey]) and values as the text of a JSON object.
public final class Blackboard {

    /// One entry as it stands.
    public static final Endpoint<Get, Lookup> GET = Endpoint.cluster("blackboard.get", Get.class, Lookup.class);

    /// Writes an entry whatever its version is.
    public static final Endpoint<Put, Outcome> PUT = Endpoint.cluster("blackboard.put", Put.class, Outcome.class);

    /// Writes an entry if its version is the one expected; of any number of concurrent claims exactly one wins.
    public static final Endpoint<Claim, Outcome> CLAIM =
            Endpoint.cluster("blackboard.claim", Claim.class, Outcome.class);

    /// Removes an entry; its version lives on, so that it never goes back.
    public static final Endpoint<Delete, Outcome> DELETE =
            Endpoint.cluster("blackboard.delete", Delete.class, Outcome.class);

    /// A page of the entries that a reader may read, ordered by key.
    public static final Endpoint<ListEntries, Listed> LIST =
            Endpoint.cluster("blackboard.list", ListEntries.class, Listed.class);

    /// Whether any entry that a reader may read matches a pattern.
    public static final Endpoint<Match, Matched> MATCH =
            Endpoint.cluster("blackboard.match", Match.class, Matched.class);

    /// Puts the changes that others make to matching keys into an agent's inbox, from now on and after restarts.
    public static final Endpoint<Watch, Watching> WATCH =
            Endpoint.cluster("blackboard.watch", Watch.class, Watching.class);

    /// Tells which agents there are; what belonged to others is forgotten, and they can watch nothing.
    public static final Endpoint<Configure, Configured> CONFIGURE =
            Endpoint.cluster("blackboard.configure", Configure.class, Configured.class);

    /// An entry has been written or removed, durably.
    public static final Topic<Changed> CHANGED = Topic.cluster("blackboard.changed", Changed.class);

    private Blackboard() {}

    /// A versioned entry.
    ///
    /// @param value the text of a JSON object
    /// @param writtenBy an agent id, or `operator`
    /// @param ttlSeconds 0 = lives until it is deleted
    /// @param version 1 for the first; rises with every write, also over delete and re-creation
    public record Entry(
            String key,
            String value,
            String writtenBy,
            @Nullable String workflowId,
            long createdAtMillis,
            long updatedAtMillis,
            long ttlSeconds,
            long version) {}

    /// Asks for one entry.
    public record Get(String key) implements Wire {}

    /// Asks to write an entry.
    public record Put(
            String author,
            String key,
            String value,
            long ttlSeconds,
            @Nullable String workflowId) implements Wire {}

    /// Asks to write an entry if its version is still the expected one; 0 = if there is none.
    public record Claim(String author, String key, String value, long expectedVersion, long ttlSeconds)
            implements Wire {}

    /// Asks to remove an entry.
    public record Delete(String author, String key) implements Wire {}

    /// Asks for a page.
    ///
    /// @param reader null = the operator, who may read all
    /// @param prefix literal and case-sensitive; empty = all
    /// @param after the key before the first wanted; null = from the start
    /// @param limit the most entries wanted, from 1
    public record ListEntries(
            @Nullable AgentId reader,
            String prefix,
            @Nullable String after,
            int limit) implements Wire {}

    /// Asks whether something matches.
    public record Match(AgentId reader, String pattern) implements Wire {}

    /// Asks for notices.
    public record Watch(AgentId agent, String pattern) implements Wire {}

    /// The agents of the fleet.
    public record Configure(Set<AgentId> agents) implements Wire {
        public Configure {
            agents = Set.copyOf(agents);
        }
    }

    /// What a look-up found.
    public sealed interface Lookup extends Wire {}

    /// The entry is there.
    public record Present(Entry entry) implements Lookup {}

    /// There is no such entry: never written, removed or expired.
    public record Absent() implements Lookup, Outcome {}

    /// What became of a write.
    public sealed interface Outcome extends Wire {}

    /// Written, durably.
    public record Stored(Entry entry) implements Outcome {}

    /// Removed, durably.
    public record Deleted(long version) implements Outcome {}

    /// Another version stands; 0 = there is no such entry.
    public record Conflict(long currentVersion) implements Outcome {}

    /// Entries under `history/` are neither overwritten nor deleted, nor do they expire.
    public record AppendOnly(String why) implements Outcome {}

    /// A limit of the blackboard is reached; `what` says which.
    public record Full(String what) implements Outcome {}

    /// The store cannot answer now.
    public record Unavailable() implements Lookup, Outcome, Listed, Matched, Watching {}

    /// A page or why there is none.
    public sealed interface Listed extends Wire {}

    /// A page of entries.
    ///
    /// @param more whether a further page may hold something
    public record Page(List<Entry> entries, boolean more) implements Listed {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /// Whether something matches.
    public sealed interface Matched extends Wire {}

    /// The answer to [Match].
    public record Matches(boolean any) implements Matched {}

    /// What became of a watch.
    public sealed interface Watching extends Wire {}

    /// The pattern is watched; twice is once.
    public record Watched() implements Watching {}

    /// The agent watches as many patterns as it may.
    public record TooManyWatches(int limit) implements Watching {}

    /// The agents are known.
    public record Configured() implements Wire {}

    /// How an entry changed.
    public enum Change {
        WRITTEN,
        CLAIMED,
        DELETED
    }

    /// A durable change.
    public record Changed(String key, long version, String author, Change change) implements Wire {}
}
