package ai.openlegion.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// Small files that only their owner may read, shared safely by several processes.
final class PrivateFile {

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    /// The most these files may hold; the largest is one line an agent.
    private static final int LARGEST_BYTES = 4 << 20;

    /* A file lock belongs to the whole process, and taking it twice throws; this keeps threads of one process apart. */
    private static final Object THREADS = new Object();

    private PrivateFile() {}

    static void directory(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, OWNER_ONLY_FOLDER);
        }
    }

    /// The content, written first when the file is absent or empty (a process died between making and filling it).
    static byte[] readOrCreate(Path file, Supplier<byte[]> initial) throws IOException {
        return locked(file, channel -> {
            if (channel.size() == 0) {
                ByteBuffer bytes = ByteBuffer.wrap(initial.get());
                while (bytes.hasRemaining()) {
                    channel.write(bytes, bytes.position());
                }
                channel.force(true);
            }
            return readAll(file, channel);
        });
    }

    /// Runs an action while no other process or thread is inside `locked` for the same file.
    static <T> T locked(Path file, Action<T> action) throws IOException {
        synchronized (THREADS) {
            try (FileChannel channel = FileChannel.open(
                            file,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                            OWNER_ONLY);
                    FileLock _ = channel.lock()) {
                return action.run(channel);
            }
        }
    }

    /// Puts new content in a file's place in one step, so that a reader sees the old or the new, whole.
    static void replace(Path file, byte[] content) throws IOException {
        Path next =
                Files.createTempFile(file.toAbsolutePath().getParent(), file.getFileName() + ".", ".new", OWNER_ONLY);
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    static void warnIfShared(Path file, List<String> warnings) throws IOException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        if (mode.stream().anyMatch(OTHERS::contains)) {
            warnings.add(file + " may be read or written by others (" + PosixFilePermissions.toString(mode)
                    + "): run chmod 600 on it, then rotate the tokens");
        }
    }

    private static byte[] readAll(Path file, FileChannel channel) throws IOException {
        if (channel.size() > LARGEST_BYTES) {
            throw new IOException(file + " is larger than " + LARGEST_BYTES + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
            // the channel moves the buffer's position
        }
        return bytes.array();
    }

    /// Work done while the lock is held.
    @FunctionalInterface
    interface Action<T> {
        T run(FileChannel channel) throws IOException;
    }
}
