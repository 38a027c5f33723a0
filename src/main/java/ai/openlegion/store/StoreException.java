package ai.openlegion.store;

/// A fault of the database: the write, the commit or the start did not happen, or nobody can tell that it did.
public final class StoreException extends RuntimeException {

    /// What went wrong.
    public enum Reason {
        /// Too many writes wait already.
        QUEUE_FULL,
        /// An earlier commit failed and none has succeeded since.
        UNAVAILABLE,
        /// The database is closed or closing.
        CLOSED,
        /// The disk has no room left.
        DISK_FULL,
        /// Another process holds the write lock.
        LOCKED,
        /// The file, its folder or its file system does not allow writing.
        READ_ONLY,
        /// The operating system failed to read, write, open or find the file.
        IO_ERROR,
        /// The file is no database, is damaged, or is not the one that was opened.
        CORRUPT,
        /// The file was written by a newer version of this program.
        NEWER_SCHEMA,
        /// The write itself is at fault: a constraint or a bad statement. Others in its group are not touched.
        REJECTED
    }

    private final Reason reason;

    StoreException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    StoreException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /// What went wrong.
    public Reason reason() {
        return reason;
    }
}
