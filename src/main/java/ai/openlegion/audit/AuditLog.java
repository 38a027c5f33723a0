package ai.openlegion.audit;

import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import ai.openlegion.store.GroupMember;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The bounded way into the audit: entries are queued without blocking, chained and written by the database's writer,
/// and
/// told on [Audits#RECORDED] once they are durable.
public final class AuditLog implements GroupMember {

    /// How many entries may wait: more than six seconds of the busiest traffic.
    static final int QUEUED_ENTRIES = 65_536;

    /// Places kept for what calls under way still have to record; a shorter queue keeps an eighth.
    private static final int RESERVE = 8_192;

    // Keeps a row below some 20 MB even when every entry has the longest texts it may have.
    private static final int ENTRIES_PER_GROUP = 4096;

    private final Database database;
    private final Bus bus;
    private final int reserve;
    private final BlockingQueue<AuditEntry> queue;

    // The writer thread's own.
    private final AuditTable table = new AuditTable();
    private final GroupEncoder encoder = new GroupEncoder();
    private final List<AuditEntry> drained = new ArrayList<>();
    private @Nullable Tail tail;
    private List<AuditEntry> told = List.of();

    // Encoded, written at least once, and not known to be durable. It is repeated as it is until it is.
    private volatile @Nullable AuditGroup unsettled;
    private volatile long durableSeq;

    private volatile LongSupplier revision = () -> 0;
    private volatile @Nullable Follower follower;

    private AuditLog(Database database, Bus bus, int queuedEntries) {
        this.database = database;
        this.bus = bus;
        queue = new ArrayBlockingQueue<>(queuedEntries);
        reserve = Math.min(RESERVE, queuedEntries / 8);
    }

    /// Continues the chain the database holds and takes part in its commits.
    public static AuditLog open(Database database, Bus bus) {
        return open(database, bus, QUEUED_ENTRIES);
    }

    static AuditLog open(Database database, Bus bus, int queuedEntries) {
        AuditLog log = new AuditLog(database, bus, queuedEntries);
        database.join(log);
        return log;
    }

    /// Has entries that name no revision, by owners who decide by none, recorded under the one that holds then.
    public void under(LongSupplier current) {
        revision = current;
    }

    /// Queues the entry; false when the queue is full: then what it would have recorded must not happen.
    public boolean offer(AuditEntry entry) {
        return queue.offer(entry.revision() == 0 ? entry.under(revision.getAsLong()) : entry);
    }

    /// Whether a new call can be recorded: there is room in the queue, also for the calls that are under way, the
    /// database is available, and what it holds is being signed.
    public boolean accepting() {
        Follower signer = follower;
        return database.available() && queue.remainingCapacity() > reserve && (signer == null || signer.keepsUp());
    }

    /// Who looks after what has become durable.
    interface Follower {

        /// Called on the writer thread, in order; to be short.
        void grown(AuditGroup.Grown grown);

        /// False when it could not look after it for so long that nothing more should come. Any thread.
        boolean keepsUp();
    }

    /// Tells the follower of everything that becomes durable from now on.
    void follow(Follower newcomer) {
        follower = newcomer;
    }

    /// The number of the last entry that is known to be durable, 0 when this log has written none yet.
    long durableSeq() {
        return durableSeq;
    }

    @Override
    public boolean pending() {
        return unsettled != null || !queue.isEmpty();
    }

    @Override
    public void write(Connection connection) throws SQLException {
        Tail stored = tail;
        if (stored == null) {
            stored = table.tail(connection);
        }
        AuditGroup group = unsettled;
        if (group == null) {
            queue.drainTo(drained, ENTRIES_PER_GROUP);
            group = encoder.encode(stored, drained);
            told = List.copyOf(drained);
            drained.clear();
            unsettled = group;
        } else if (group.tail().equals(stored)) {
            return; // the commit that seemed to fail had happened
        }
        if (!group.previous().equals(stored)) {
            throw new IllegalStateException("the stored audit ends at " + stored.seq() + ", not before entry "
                    + (group.previous().seq() + 1));
        }
        table.append(connection, group);
    }

    @Override
    public void committed() {
        AuditGroup group = unsettled;
        if (group != null) {
            tail = group.tail();
            durableSeq = group.tail().seq();
            unsettled = null;
            Follower signer = follower;
            if (signer != null) {
                signer.grown(group.grown());
            }
            bus.publish(Audits.RECORDED, new Audits.Written(group.firstSeq(), told));
            told = List.of();
        }
    }

    @Override
    public void failed() {
        tail = null;
    }
}
