package ai.openlegion.runtime.process;

import ai.openlegion.runtime.TextStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What an agent writes to its standard streams, in a file that is begun anew when it is full; the one before
/// is kept.
final class OutputFile {

    static final int MOST_BYTES = 1 << 20;

    private static final String LATEST = ".log";
    private static final String BEFORE = ".log.1";

    private final Path file;
    private final Path before;
    // all guarded by this object's monitor
    private final List<TextStream> followers = new ArrayList<>();
    private boolean hasEnded;

    OutputFile(Path folder, String agent) throws IOException {
        Files.createDirectories(folder);
        file = folder.resolve(agent + LATEST);
        before = folder.resolve(agent + BEFORE);
        if (Files.notExists(file)) {
            create();
        }
    }

    /// Removes what an agent wrote.
    static void remove(Path folder, String agent) throws IOException {
        Files.deleteIfExists(folder.resolve(agent + LATEST));
        Files.deleteIfExists(folder.resolve(agent + BEFORE));
    }

    /// Removes what all others wrote.
    static void removeAllBut(Path folder, Set<String> agents) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        Set<String> others = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                for (String ending : List.of(LATEST, BEFORE)) {
                    if (name.endsWith(ending)) {
                        others.add(name.substring(0, name.length() - ending.length()));
                    }
                }
            }
        }
        others.removeAll(agents);
        for (String agent : others) {
            remove(folder, agent);
        }
    }

    /// Takes over all that comes, until it ends; blocks.
    void drain(InputStream stream) {
        byte[] buffer = new byte[8_192];
        try (stream) {
            for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                write(buffer, n);
            }
        } catch (IOException closedOrFull) {
            // output is best effort: an agent must not hang because the disk is full, so its pipe is closed instead
            return;
        } finally {
            end();
        }
    }

    private synchronized void write(byte[] bytes, int n) throws IOException {
        if (Files.size(file) + n > MOST_BYTES) {
            var _ = Files.move(file, before, StandardCopyOption.REPLACE_EXISTING);
            create();
        }
        byte[] written = Arrays.copyOf(bytes, n);
        var _ = Files.write(file, written, StandardOpenOption.APPEND);
        followers.forEach(follower -> follower.add(written));
    }

    private synchronized void end() {
        hasEnded = true;
        followers.forEach(TextStream::end);
        followers.clear();
    }

    /// Begins a stream with the last lines; what comes after goes there too, where it follows.
    synchronized void stream(TextStream to, int tail, boolean follow) throws IOException {
        to.add(tail(tail));
        if (follow && !hasEnded) {
            followers.add(to);
            to.onClose(() -> leave(to));
        } else {
            to.end();
        }
    }

    private synchronized void leave(TextStream follower) {
        followers.remove(follower);
    }

    private byte[] tail(int lines) throws IOException {
        byte[] old = Files.exists(before) ? Files.readAllBytes(before) : new byte[0];
        byte[] recent = Files.readAllBytes(file);
        byte[] all = Arrays.copyOf(old, old.length + recent.length);
        System.arraycopy(recent, 0, all, old.length, recent.length);
        int from = all.length;
        for (int left = lines; from > 0; from--) {
            // the newline at the very end closes the last line, and does not begin one more
            if (all[from - 1] == '\n' && from < all.length) {
                left--;
            }
            if (left <= 0) {
                break;
            }
        }
        return Arrays.copyOfRange(all, from, all.length);
    }

    private void create() throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
}
