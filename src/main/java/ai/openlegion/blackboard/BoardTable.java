package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Deleted;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.Blackboard.Full;
import ai.openlegion.blackboard.Blackboard.Outcome;
import ai.openlegion.blackboard.Blackboard.Stored;
import ai.openlegion.blackboard.Blackboard.Watch;
import ai.openlegion.blackboard.EntryTable.Held;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Transaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The board's units of work: each is whole or did not happen, with what the limits count and what watchers are told.
final class BoardTable {

    /// What one unit clears away at most, so that it is short: every other writer waits for it.
    private static final int CLEARED_AT_ONCE = 500;

    private final EntryTable entries = new EntryTable();
    private final UsageTable usage = new UsageTable();
    private final NoticeTable notices = new NoticeTable();
    private final WatchTable watches = new WatchTable();
    private final InstantSource clock;
    private final BoardLimits limits;
    private final int removedKept;

    BoardTable(InstantSource clock, BoardLimits limits, int removedKept) {
        this.clock = clock;
        this.limits = limits;
        this.removedKept = removedKept;
    }

    /// Does a write, or refuses it.
    ///
    /// @param item the id of the notice, if there are recipients
    Transaction<Done> write(Attempt attempt, List<AgentId> recipients, String item) {
        return connection -> {
            long now = clock.millis();
            Standing found = entries.find(connection, attempt.key(), now);
            return switch (Ruling.on(attempt, found)) {
                case Ruling.Refuse(Outcome why) -> new Done(why, null);
                case Ruling.Remove(long version) -> {
                    clear(connection, new Held(attempt.key(), found.author(), found.bytes()), now);
                    yield new Done(new Deleted(version), tell(connection, attempt, version, recipients, item));
                }
                case Ruling.Write(long version) -> {
                    Full full = lack(connection, attempt, found, now);
                    if (full != null) {
                        yield new Done(full, null);
                    }
                    Entry entry = entry(attempt, found, version, now);
                    store(connection, entry, attempt.bytes(), entries.find(connection, attempt.key(), now));
                    yield new Done(new Stored(entry), tell(connection, attempt, version, recipients, item));
                }
            };
        };
    }

    /// Records a watch; false where the agent has as many as it may.
    Transaction<Boolean> watch(Watch watch) {
        return connection -> watches.add(connection, watch, limits.watches());
    }

    /// Forgets what these agents watched.
    Transaction<Boolean> unwatch(Set<AgentId> agents) {
        return connection -> {
            for (AgentId agent : agents) {
                watches.drop(connection, agent);
            }
            return true;
        };
    }

    /// Notes that these notices are where they belong.
    Transaction<Boolean> told(List<String> items) {
        return connection -> {
            notices.remove(connection, items);
            return true;
        };
    }

    /// Clears away some of what expired and forgets some of what was removed long ago; true if there may be more.
    Transaction<Boolean> clean() {
        return connection -> clearExpired(connection, clock.millis()) == CLEARED_AT_ONCE
                || entries.forget(connection, removedKept, CLEARED_AT_ONCE) == CLEARED_AT_ONCE;
    }

    /// What an earlier run left.
    static Transaction<Left> left() {
        return connection -> new Left(WatchTable.all(connection), NoticeTable.all(connection));
    }

    /// Notices that are in the store, those that are being delivered among them.
    static Transaction<List<Notice>> untold() {
        return NoticeTable::all;
    }

    private void store(Connection connection, Entry entry, long bytes, Standing found) throws SQLException {
        entries.write(connection, entry, bytes);
        if (found.held() && found.author().equals(entry.writtenBy())) {
            usage.add(connection, entry.writtenBy(), 0, bytes - found.bytes());
        } else {
            if (found.held()) {
                usage.add(connection, found.author(), -1, -found.bytes());
            }
            usage.add(connection, entry.writtenBy(), 1, bytes);
        }
    }

    private void clear(Connection connection, Held entry, long now) throws SQLException {
        entries.remove(connection, entry.key(), now);
        usage.add(connection, entry.author(), -1, -entry.bytes());
    }

    private int clearExpired(Connection connection, long now) throws SQLException {
        List<Held> expired = entries.expired(connection, now, CLEARED_AT_ONCE);
        for (Held entry : expired) {
            clear(connection, entry, now);
        }
        return expired.size();
    }

    /// Which limit a write would break; what has expired is cleared away before anything is refused.
    private @Nullable Full lack(Connection connection, Attempt attempt, Standing found, long now) throws SQLException {
        Full full = lack(connection, attempt, found);
        return full != null && clearExpired(connection, now) > 0
                ? lack(connection, attempt, entries.find(connection, attempt.key(), now))
                : full;
    }

    private @Nullable Full lack(Connection connection, Attempt attempt, Standing found) throws SQLException {
        if (!found.held() && usage.entries(connection) >= limits.entries()) {
            return new Full("the blackboard holds " + limits.entries() + " entries, as many as it may");
        }
        boolean own = found.held() && found.author().equals(attempt.author());
        if (!own && usage.entries(connection, attempt.author()) >= limits.agentEntries()) {
            return new Full(attempt.author() + " wrote " + limits.agentEntries()
                    + " of the entries that stand, as many as it may");
        }
        long growth = attempt.bytes() - (own ? found.bytes() : 0);
        if (growth > 0 && usage.bytes(connection, attempt.author()) + growth > limits.agentBytes()) {
            return new Full("the entries that " + attempt.author() + " wrote may take " + limits.agentBytes()
                    + " bytes with their keys, and this one would exceed them");
        }
        return null;
    }

    private @Nullable Notice tell(
            Connection connection, Attempt attempt, long version, List<AgentId> recipients, String item)
            throws SQLException {
        if (recipients.isEmpty()) {
            return null;
        }
        Notice notice = new Notice(item, attempt.key(), version, attempt.change(), attempt.author(), recipients);
        notices.add(connection, notice);
        return notice;
    }

    private static Entry entry(Attempt attempt, Standing found, long version, long now) {
        return new Entry(
                attempt.key(),
                attempt.value(),
                attempt.author(),
                attempt.workflowId(),
                found.live() ? found.createdAtMillis() : now,
                now,
                Math.max(0, attempt.ttlSeconds()),
                version);
    }

    /// What became of a write, and what is to be told of it.
    record Done(Outcome outcome, @Nullable Notice notice) {}

    /// Watches, and notices that were not delivered.
    record Left(List<Watch> watches, List<Notice> notices) {}
}
