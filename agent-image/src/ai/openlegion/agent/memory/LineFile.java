package ai.openlegion.agent.memory;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// A file of JSON objects, one a line, each on disk before [#add] returns. Not for several threads at once.
///
/// The agent's own commands can change the file too: whatever stands in its place or in it, nothing here waits for ever,
/// reads more than a line at once, or fails for more than that line.
public final class LineFile {

    /// Longer lines are somebody else's.
    private static final int MOST_LINE_BYTES = 4 << 20;

    private static final int BUFFER = 64 * 1024;

    /* Also to read and to add: for reading or adding alone, opening a named pipe would wait for its other end. */
    private static final Set<OpenOption> BOTH_WAYS =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> FRESH = Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);

    private final Path path;
    private final long mostBytes;

    /// @param mostBytes more than was ever written
    public LineFile(Path path, long mostBytes) {
        this.path = path;
        this.mostBytes = mostBytes;
    }

    /// The object in a line, empty if it is somebody else's.
    public static Optional<Members> object(String line) {
        try {
            return Optional.of(new Members(Json.object(line)));
        } catch (JsonException other) {
            return Optional.empty();
        }
    }

    /// Gives all lines, one by one in the order in which they were added. One that was torn when the process died is
    /// cut off the file; a file that is none, or far larger than was ever written, is put aside.
    public void read(Consumer<String> each) throws IOException {
        if (!isThere()) {
            return;
        }
        try (FileChannel file = FileChannel.open(path, BOTH_WAYS)) {
            long size = file.size();
            long whole = 0;
            long at = 0;
            var line = new ByteArrayOutputStream();
            var buffer = ByteBuffer.allocate(BUFFER);
            while (at < size && file.read(buffer.clear()) > 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    byte next = buffer.get();
                    at++;
                    if (next == '\n') {
                        if (at - whole <= MOST_LINE_BYTES) {
                            each.accept(line.toString(StandardCharsets.UTF_8));
                        }
                        line.reset();
                        whole = at;
                    } else if (line.size() < MOST_LINE_BYTES) {
                        line.write(next);
                    }
                }
            }
            if (whole < at) {
                var _ = file.truncate(whole);
                file.force(true);
            }
        }
    }

    /// Adds a line.
    ///
    /// @param line JSON without a line feed
    /// @throws IOException if it cannot be stored; the file is as it was then
    public void add(String line) throws IOException {
        boolean fresh = !isThere();
        try (FileChannel file = FileChannel.open(path, FRESH)) {
            long before = file.size();
            try {
                var _ = file.position(before);
                write(file, (endsLine(file, before) ? "" : "\n") + line + "\n");
                file.force(true);
            } catch (IOException full) {
                // half a line would spoil the next one
                var _ = file.truncate(before);
                throw full;
            }
        }
        if (fresh) {
            forceFolder();
        }
    }

    /// Puts these lines in place of all that is there, at once.
    public void replace(Iterable<String> lines) throws IOException {
        Path whole = path.resolveSibling(path.getFileName() + ".new");
        var _ = Files.deleteIfExists(whole);
        try (FileChannel file = FileChannel.open(
                        whole, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER)) {
            for (String line : lines) {
                out.write(line.getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
            out.flush();
            file.force(true);
        }
        var _ = Files.move(whole, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder();
    }

    private boolean isThere() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) > mostBytes) {
            var _ = Files.move(
                    path, path.resolveSibling(path.getFileName() + ".unusable"), StandardCopyOption.REPLACE_EXISTING);
            return false;
        }
        return true;
    }

    private static boolean endsLine(FileChannel file, long size) throws IOException {
        var last = ByteBuffer.allocate(1);
        return size == 0 || (file.read(last, size - 1) == 1 && last.get(0) == '\n');
    }

    private void forceFolder() throws IOException {
        Path folder = path.getParent();
        if (folder != null) {
            try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
                entry.force(true);
            }
        }
    }

    private static void write(FileChannel file, String text) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (left.hasRemaining()) {
            var _ = file.write(left);
        }
    }
}
