package ai.openlegion.agent.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The files under one folder, by relative paths that cannot leave it: not by `..`, not by an absolute path, not by a
/// link, not by one that is made while a call runs.
///
/// Links that stay inside are followed. Named pipes, sockets and devices are refused. Any thread may call it; an
/// interrupt ends a call.
public final class Confined {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int PATH_CHARS = 4096;
    private static final int DEPTH = 32;

    private final Path root;
    private final Patience patience = new Patience(PATIENCE);

    /// @param root an existing folder whose own path nobody confined can change
    /// @throws IOException if there is no such folder
    public Confined(Path root) throws IOException {
        this.root = root.toRealPath();
    }

    /// Takes what it wants of an open file.
    @FunctionalInterface
    public interface Reading<T> {
        T from(InputStream file) throws IOException;
    }

    /// Something in a folder.
    ///
    /// @param path relative to the folder that was listed
    /// @param type `file`, `folder`, `link` or `other`
    /// @param bytes of a file, otherwise 0
    public record Entry(String path, String type, long bytes) {}

    /// Some of what lies in a folder, ordered by path.
    ///
    /// @param more whether there is more than that
    public record Listing(List<Entry> entries, boolean more) {}

    /// Reads a file.
    ///
    /// @throws Refused if the path leads elsewhere, or to what is no file
    /// @throws NoSuchFileException if there is nothing
    public <T> T read(String path, Reading<T> reading) throws IOException, InterruptedException {
        List<String> components = components(path);
        return patience.await(() -> {
            try (Walk walk = Walk.to(root, components, false)) {
                Path name = existingFile(walk, path);
                try (InputStream file = Channels.newInputStream(open(walk, name, Set.of(StandardOpenOption.READ)))) {
                    return reading.from(file);
                }
            }
        });
    }

    /// Writes a whole file, at once for every reader, and makes the folders that are missing on the way.
    ///
    /// @throws Refused if the path leads elsewhere, or to what is no file
    public void write(String path, byte[] content) throws IOException, InterruptedException {
        List<String> components = components(path);
        var _ = patience.await(() -> {
            try (Walk walk = Walk.to(root, components, true)) {
                replace(walk, fileToBe(walk, path), content);
            }
            return true;
        });
    }

    /// Adds to the end of a file, which is made if it is missing.
    ///
    /// @throws Refused if the path leads elsewhere, or to what is no file
    public void append(String path, byte[] content) throws IOException, InterruptedException {
        List<String> components = components(path);
        var _ = patience.await(() -> {
            try (Walk walk = Walk.to(root, components, true);
                    SeekableByteChannel file = open(
                            walk,
                            fileToBe(walk, path),
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
                fill(file, content);
            }
            return true;
        });
    }

    /// What lies in a folder, and in the folders in it if it is asked for.
    ///
    /// @throws Refused if the path leads elsewhere, or to what is no folder
    /// @throws NoSuchFileException if there is nothing
    public Listing list(String path, boolean deep, int most) throws IOException, InterruptedException {
        List<String> components = components(path);
        return patience.await(() -> {
            try (Walk walk = Walk.to(root, components, false)) {
                enterFolder(walk, path);
                List<Entry> entries = new ArrayList<>();
                boolean more = !collect(walk.folder(), "", deep ? DEPTH : 1, most, entries);
                entries.sort(Comparator.comparing(Entry::path));
                return new Listing(List.copyOf(entries), more);
            }
        });
    }

    /// Where a folder is at this moment, for a process that starts in it and is confined by other means.
    ///
    /// @throws Refused if the path leads elsewhere, or to what is no folder
    /// @throws NoSuchFileException if there is nothing
    public Path folder(String path) throws IOException, InterruptedException {
        List<String> components = components(path);
        return patience.await(() -> {
            try (Walk walk = Walk.to(root, components, false)) {
                Path folder = walk.path();
                enterFolder(walk, path);
                return folder;
            }
        });
    }

    /// Fails unless the path could name something inside; what is there is not looked at.
    ///
    /// @throws Refused if it could not
    public static void check(String path) throws Refused {
        var _ = components(path);
    }

    private static List<String> components(String path) throws Refused {
        if (path.length() > PATH_CHARS) {
            throw new Refused("the path is longer than " + PATH_CHARS + " characters");
        }
        if (path.startsWith("/") || path.startsWith("\\")) {
            throw new Refused("absolute paths are refused: give one relative to the data folder");
        }
        if (path.indexOf('\0') >= 0) {
            throw new Refused("the path holds a NUL character");
        }
        List<String> components = split(path);
        if (components.contains("..")) {
            throw new Refused("paths with .. are refused");
        }
        try {
            for (String component : components) {
                var _ = Path.of(component);
            }
        } catch (IllegalArgumentException unmappable) {
            throw new Refused("the path holds a character that no file name can");
        }
        return components;
    }

    static List<String> split(String path) {
        return List.of(path.split("/")).stream()
                .filter(component -> !component.isEmpty() && !component.equals("."))
                .toList();
    }

    private static Path existingFile(Walk walk, String path) throws IOException {
        BasicFileAttributes found = walk.attributes().orElseThrow(() -> new NoSuchFileException(path));
        if (!found.isRegularFile()) {
            throw new Refused(path + " is not a file");
        }
        return walk.name().orElseThrow();
    }

    private static Path fileToBe(Walk walk, String path) throws IOException {
        Optional<BasicFileAttributes> found = walk.attributes();
        if (found.isPresent() && !found.get().isRegularFile()) {
            throw new Refused(path.isEmpty() ? "the path is empty" : path + " is not a file");
        }
        return walk.name().orElseThrow();
    }

    private static void enterFolder(Walk walk, String path) throws IOException {
        BasicFileAttributes found = walk.attributes().orElseThrow(() -> new NoSuchFileException(path));
        if (!found.isDirectory()) {
            throw new Refused(path + " is not a folder");
        }
        walk.enter();
    }

    /// Opens what has been looked at; a link that was put in its place since then is not followed.
    private static SeekableByteChannel open(Walk walk, Path name, Set<StandardOpenOption> how) throws IOException {
        Set<OpenOption> options = new HashSet<>(how);
        options.add(LinkOption.NOFOLLOW_LINKS);
        try {
            return walk.folder().newByteChannel(name, options);
        } catch (NoSuchFileException absent) {
            throw absent;
        } catch (FileSystemException other) {
            throw new Refused(name + " cannot be opened");
        }
    }

    private static void replace(Walk walk, Path name, byte[] content) throws IOException {
        SecureDirectoryStream<Path> folder = walk.folder();
        Path fresh = Path.of(".new-" + UUID.randomUUID());
        try {
            try (SeekableByteChannel file =
                    open(walk, fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                fill(file, content);
            }
            keepPermissions(folder, name, fresh);
            folder.move(fresh, folder, name);
        } catch (IOException failed) {
            try {
                folder.deleteFile(fresh);
            } catch (IOException absent) {
                // it was not made
            }
            throw failed;
        }
    }

    /// A script that is written again stays one that can be run.
    private static void keepPermissions(SecureDirectoryStream<Path> folder, Path old, Path fresh) throws IOException {
        try {
            var permissions = view(folder, old).readAttributes().permissions();
            view(folder, fresh).setPermissions(permissions);
        } catch (NoSuchFileException absent) {
            // there was none before
        }
    }

    private static PosixFileAttributeView view(SecureDirectoryStream<Path> folder, Path name) {
        return folder.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static void fill(SeekableByteChannel file, byte[] content) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(content);
        while (left.hasRemaining()) {
            var _ = file.write(left);
        }
        if (file instanceof FileChannel onDisk) {
            onDisk.force(true);
        }
    }

    /// False if there was more than fits.
    private static boolean collect(
            SecureDirectoryStream<Path> folder, String prefix, int depth, int most, List<Entry> entries)
            throws IOException {
        for (Path each : folder) {
            if (entries.size() == most) {
                return false;
            }
            String name = String.valueOf(each.getFileName());
            Optional<BasicFileAttributes> found = Walk.attributes(folder, name);
            if (found.isEmpty()) {
                continue;
            }
            entries.add(entry(prefix + name, found.get()));
            if (found.get().isDirectory() && depth > 1) {
                try (SecureDirectoryStream<Path> inner = Walk.enter(folder, Path.of(name))) {
                    if (!collect(inner, prefix + name + "/", depth - 1, most, entries)) {
                        return false;
                    }
                } catch (Refused | NoSuchFileException swapped) {
                    // it is no folder any more, or none of ours
                }
            }
        }
        return true;
    }

    private static Entry entry(String path, BasicFileAttributes found) {
        if (found.isRegularFile()) {
            return new Entry(path, "file", found.size());
        }
        return new Entry(path, found.isDirectory() ? "folder" : found.isSymbolicLink() ? "link" : "other", 0);
    }
}
