package ai.openlegion.store;

import ai.openlegion.store.StoreException.Reason;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TempStore;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.SQLiteOpenMode;
import org.sqlite.util.LoggerFactory;

/// One SQLite file and the connection that writes to it: the only class that knows which database this is.
///
/// Confined to one thread at a time: the opening thread, then the writer.
final class SqliteFile {

    private static final Logger LOG = System.getLogger("openlegion.store");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    // A commit of the busiest interval (50 ms at 10,000 calls a second) is about 150 KB in 40 pages. 2,000 pages make a
    // checkpoint every couple of seconds then, and leave at most 8 MB to read back after a crash.
    private static final int CHECKPOINT_PAGES = 2000;
    private static final int JOURNAL_BYTES_KEPT = 64 << 20;

    // Room for a commit's pages in the journal. Below it the disk counts as full while nothing is being written.
    private static final long SPACE_NEEDED_BYTES = 64 << 10;

    private static final byte[] HEAD = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

    // The name of the counter that tells the file that was left from another one, or an older copy, in its place.
    private static final String COMMITS = "commits";

    private final Path path;
    private final Duration busyTimeout;
    private final MetaTable meta = new MetaTable();
    private final Prepared begin = new Prepared("BEGIN IMMEDIATE");
    private final Prepared commit = new Prepared("COMMIT");
    private final Prepared savepoint = new Prepared("SAVEPOINT part");
    private final Prepared release = new Prepared("RELEASE part");
    private final Prepared undo = new Prepared("ROLLBACK TO part");
    // Open as long as the connection is: closing any handle of a file drops all locks its process has on it.
    private final RandomAccessFile head;
    private final @Nullable Object identity;
    private Connection connection;
    private boolean distrusted;
    private long commits;
    private long attemptedCommits;
    private long damagedStamp;

    private SqliteFile(Path path, Duration busyTimeout) throws SQLException, IOException {
        this.path = path;
        this.busyTimeout = busyTimeout;
        identity = identity(path);
        head = new RandomAccessFile(path.toFile(), "r");
        connection = connect(path, busyTimeout);
    }

    /// Opens the file, or creates it, readable by its owner only; folders it needs are made the same way.
    static SqliteFile open(Path file, Duration busyTimeout) throws SQLException, IOException {
        Path path = file.toAbsolutePath();
        createOwnerOnly(path);
        return new SqliteFile(path, busyTimeout);
    }

    /// Begins to load SQLite's native part, on a thread of its own.
    static void prepare() {
        // on this thread: what logs elsewhere while that is set up would be told on the terminal to have been early
        var _ = LoggerFactory.getLogger(SqliteFile.class);
        var _ = Thread.ofPlatform().daemon().name("openlegion-sqlite").start(SqliteFile::load);
    }

    /// Loads SQLite's native part, once for a process. What keeps it from that is told where a file is opened.
    private static void load() {
        try {
            var _ = SQLiteJDBCLoader.initialize();
        } catch (Exception untold) {
            // the same again at each file
        }
    }

    Path path() {
        return path;
    }

    /// The writing connection, a new one after [#distrust].
    Connection connection() throws SQLException {
        if (!distrusted) {
            return connection;
        }
        // The old one goes after the new one came: the last connection to go writes its journal into the file, and into
        // a file that may be damaged nothing is to be written.
        Connection fresh = connect(path, busyTimeout);
        Connection old = connection;
        connection = fresh;
        distrusted = false;
        old.close();
        checkCommits(fresh);
        return fresh;
    }

    /// Starts counting from what the migrated file says.
    void startCounting() throws SQLException {
        commits = meta.number(connection(), COMMITS);
        attemptedCommits = commits;
    }

    /// Takes the write lock. A file that is gone from its path, or no database any more, is refused: what SQLite still
    /// has of it in memory would hide that.
    void begin() throws SQLException {
        if (!isThere()) {
            throw new StoreException(
                    Reason.IO_ERROR,
                    path + " is gone or was replaced: put it back, or restart to use what is there now");
        }
        if (!headIsSound()) {
            throw new StoreException(Reason.CORRUPT, path + " was overwritten or cut off: restore it");
        }
        run(begin);
    }

    /// Makes the group durable; the counter in it is one more than in the last.
    void commitCounted() throws SQLException {
        attemptedCommits = commits + 1;
        meta.put(connection(), COMMITS, Long.toString(attemptedCommits));
        commit();
        commits = attemptedCommits;
    }

    void commit() throws SQLException {
        run(commit);
    }

    /// Ends the transaction, if there is one, without a trace.
    void rollback() {
        try (Statement statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        } catch (SQLException failure) {
            // SQLite ends a transaction by itself on some faults: then there is nothing left to roll back.
            if (!String.valueOf(failure.getMessage()).contains("no transaction is active")) {
                distrust();
            }
        }
    }

    /// Marks the point to which [#undoPart] goes back.
    void beginPart() throws SQLException {
        run(savepoint);
    }

    void endPart() throws SQLException {
        run(release);
    }

    void undoPart() throws SQLException {
        run(undo);
        run(release);
    }

    /// Fails if a commit would fail now, as far as can be told without writing: the lock, the file, the room on disk.
    void check() throws SQLException {
        begin();
        File disk = path.toFile();
        if (disk.getTotalSpace() > 0 && disk.getFreeSpace() < SPACE_NEEDED_BYTES) {
            throw new StoreException(Reason.DISK_FULL, "no room left on the disk of " + path);
        }
        checkCommits(connection());
        rollback();
    }

    /// Reads the whole file and fails if it is damaged: what a file must pass that was found damaged before.
    void checkWhole() throws SQLException {
        File bytes = path.toFile();
        long stamp = bytes.lastModified() ^ bytes.length();
        if (stamp == damagedStamp) {
            throw new StoreException(Reason.CORRUPT, path + " is damaged: restore it");
        }
        try (Connection reader = readers().getConnection();
                Statement statement = reader.createStatement();
                ResultSet verdict = statement.executeQuery("PRAGMA quick_check(1)")) {
            if (!verdict.next() || !"ok".equals(verdict.getString(1))) {
                damagedStamp = stamp; // reading all of it again is worth it only when something has changed
                throw new StoreException(Reason.CORRUPT, path + " is damaged: restore it");
            }
        }
    }

    /// Makes the next use open a new connection: this one may not have survived a fault, or remembers what it read.
    void distrust() {
        distrusted = true;
    }

    /// Moves the journal into the file and closes it, so that the file alone is the whole database. A file that is gone
    /// or damaged is left as it is, with its journal.
    void close() {
        if (!isThere() || !headIsSound()) {
            LOG.log(Level.WARNING, "database left as it is, with its journal file=" + path);
            return;
        }
        try (head;
                Connection last = connection;
                Statement statement = last.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (SQLException | IOException failure) {
            LOG.log(Level.WARNING, "journal left beside the database file=" + path + " detail=" + failure.getMessage());
        }
    }

    /// Writes a complete copy beside the file, replacing an older copy of that name only when it is whole.
    Path copyAside(String suffix) throws SQLException {
        Path copy = path.resolveSibling(path.getFileName() + suffix);
        Path unfinished = path.resolveSibling(path.getFileName() + suffix + ".tmp");
        try {
            Files.deleteIfExists(unfinished);
            createOwnerOnly(unfinished);
            try (PreparedStatement vacuum = connection().prepareStatement("VACUUM INTO ?")) {
                vacuum.setString(1, unfinished.toString());
                vacuum.execute();
            }
            return Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            throw new SQLException("cannot copy the database to " + copy, failure);
        }
    }

    /// Connections that cannot write.
    DataSource readers() {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
        config.setTempStore(TempStore.MEMORY);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl(url(path));
        return source;
    }

    /// What the fault means for the database, [Reason#REJECTED] if it lies in the statement alone.
    static Reason reason(SQLException failure) {
        if (!(failure instanceof SQLiteException sqlite)) {
            return failure.getCause() instanceof IOException ? Reason.IO_ERROR : Reason.REJECTED;
        }
        return switch (sqlite.getResultCode().code & 0xff) {
            case 13 -> Reason.DISK_FULL; // FULL
            case 5, 6, 15 -> Reason.LOCKED; // BUSY, LOCKED, PROTOCOL: lost the race for a lock too often
            case 3, 8, 23 -> Reason.READ_ONLY; // PERM, READONLY, AUTH
            case 11, 26 -> Reason.CORRUPT; // CORRUPT, NOTADB
            case 7, 9, 10, 14, 22 -> Reason.IO_ERROR; // NOMEM, INTERRUPT, IOERR, CANTOPEN, NOLFS
            default -> Reason.REJECTED; // open: result codes are numbers, and new ones appear
        };
    }

    private void run(Prepared statement) throws SQLException {
        statement.on(connection()).execute();
    }

    private boolean isThere() {
        return Objects.equals(identity, identity(path));
    }

    private boolean headIsSound() {
        byte[] found = new byte[HEAD.length];
        try {
            head.seek(0);
            head.readFully(found);
            return Arrays.equals(found, HEAD);
        } catch (IOException cutOff) {
            return false;
        }
    }

    private static Connection connect(Path path, Duration busyTimeout) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
        config.setJournalMode(JournalMode.WAL);
        config.setSynchronous(SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        config.setTempStore(TempStore.MEMORY);
        config.setWalAutocheckpoint(CHECKPOINT_PAGES);
        config.setJournalSizeLimit(JOURNAL_BYTES_KEPT);
        Connection opened = config.createConnection(url(path));
        try (Statement statement = opened.createStatement()) {
            // The driver tries a BEGIN of its own after each statement in its auto-commit mode. Outside that mode it
            // begins once, here, and leaves the rest to us.
            opened.setAutoCommit(false);
            statement.execute("COMMIT");
            statement.execute("PRAGMA trusted_schema = OFF");
            return opened;
        } catch (SQLException failure) {
            opened.close();
            throw failure;
        }
    }

    private void checkCommits(Connection open) throws SQLException {
        long found = meta.number(open, COMMITS);
        // A commit whose outcome nobody told may have happened.
        if (found != commits && found != attemptedCommits) {
            distrust();
            throw new StoreException(
                    Reason.CORRUPT, path + " is not as it was left: it holds " + found + " commits, not " + commits);
        }
        commits = found;
    }

    private static String url(Path path) {
        return "jdbc:sqlite:" + path;
    }

    private static @Nullable Object identity(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException gone) {
            return null;
        }
    }

    // SQLite gives the journal beside the file the file's own mode.
    private static void createOwnerOnly(Path path) throws IOException {
        Path folder = path.getParent();
        if (folder != null) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        } catch (FileAlreadyExistsException existing) {
            Files.setPosixFilePermissions(path, OWNER_ONLY);
        }
    }
}
