package ai.openlegion.agent.files;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// One way from the root to a place, component by component, each folder opened relative to the one before and
/// never
/// through a link. What is open stays what it was, whatever others rename meanwhile.
///
/// Links are read and their targets walked the same way. The text of a link may come from a place that was
/// swapped in;
/// it is only ever a direction to walk inside the root.
final class Walk implements AutoCloseable {

    private static final int MOST_LINKS = 40;
    private static final int MOST_COMPONENTS = 256;
    private static final Object MAKING = new Object();

    private final Path root;
    private final Deque<SecureDirectoryStream<Path>> open = new ArrayDeque<>();
    private final Deque<String> names = new ArrayDeque<>();
    private String last = "";

    // the stream stays open as long as the walk does, which closes it
    @SuppressWarnings("StreamResourceLeak")
    private Walk(Path root) throws IOException {
        this.root = root;
        open.addLast(secure(Files.newDirectoryStream(root)));
    }

    /// Walks there; what the last component names need not exist.
    ///
    /// @param makingFolders whether missing folders on the way are made
    static Walk to(Path root, List<String> components, boolean makingFolders) throws IOException {
        var walk = new Walk(root);
        try {
            walk.go(components, makingFolders);
            return walk;
        } catch (IOException | RuntimeException failed) {
            walk.close();
            throw failed;
        }
    }

    /// The folder where the way ends, or in which [#name] lies.
    SecureDirectoryStream<Path> folder() {
        return open.getLast();
    }

    /// Of the place in its folder; empty if the place is the folder itself.
    Optional<Path> name() {
        return last.isEmpty() ? Optional.empty() : Optional.of(Path.of(last));
    }

    /// What lies there, not looking through a link; empty if nothing does.
    Optional<BasicFileAttributes> attributes() throws IOException {
        return last.isEmpty()
                ? Optional.of(folder().getFileAttributeView(BasicFileAttributeView.class).readAttributes())
                : attributes(folder(), last);
    }

    /// Where that is, as text: for who may be led astray by others' renames.
    Path path() {
        return here().resolve(last);
    }

    /// Enters the place, which must be a folder.
    void enter() throws IOException {
        if (!last.isEmpty()) {
            push(last);
            last = "";
        }
    }

    @Override
    public void close() throws IOException {
        while (!open.isEmpty()) {
            open.removeLast().close();
        }
    }

    static Optional<BasicFileAttributes> attributes(SecureDirectoryStream<Path> folder, String name)
            throws IOException {
        try {
            return Optional.of(folder.getFileAttributeView(
                            Path.of(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes());
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    /// Opens a folder in a folder, unless it is a link.
    static SecureDirectoryStream<Path> enter(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        try {
            return folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException absent) {
            throw absent;
        } catch (FileSystemException other) {
            throw new Refused(name + " is not a folder that may be entered");
        }
    }

    private void go(List<String> components, boolean makingFolders) throws IOException {
        Deque<String> left = new ArrayDeque<>(components);
        int links = 0;
        while (!left.isEmpty()) {
            String name = left.removeFirst();
            if (name.equals("..")) {
                leave();
                continue;
            }
            Optional<BasicFileAttributes> found = attributes(folder(), name);
            if (found.isPresent() && found.get().isSymbolicLink()) {
                links++;
                List<String> target = target(name);
                if (links > MOST_LINKS || left.size() + target.size() > MOST_COMPONENTS) {
                    throw new Refused("too many links");
                }
                target.reversed().forEach(left::addFirst);
            } else if (left.isEmpty()) {
                last = name;
            } else {
                if (found.isEmpty()) {
                    make(name, makingFolders);
                } else if (!found.get().isDirectory()) {
                    throw new Refused(name + " is not a folder");
                }
                push(name);
            }
        }
    }

    private void push(String name) throws IOException {
        open.addLast(enter(folder(), Path.of(name)));
        names.addLast(name);
    }

    private void leave() throws IOException {
        if (open.size() == 1) {
            throw new Refused("a link leads out of the data folder");
        }
        open.removeLast().close();
        names.removeLast();
    }

    private List<String> target(String link) throws IOException {
        String target;
        try {
            target = Files.readSymbolicLink(here().resolve(link)).toString();
        } catch (FileSystemException swapped) {
            throw new Refused(link + " changed while it was read");
        }
        if (!target.startsWith("/")) {
            return Confined.split(target);
        }
        if (!target.equals(root.toString()) && !target.startsWith(root + "/")) {
            throw new Refused("a link leads out of the data folder");
        }
        while (open.size() > 1) {
            leave();
        }
        return Confined.split(target.substring(root.toString().length()));
    }

    /// Java cannot make a folder relative to an open one, so it is made in the root, whose path nobody can
    /// change, and
    /// moved.
    private void make(String name, boolean makingFolders) throws IOException {
        if (!makingFolders) {
            throw new NoSuchFileException(name);
        }
        // a move would take the place of an empty folder that another walk has just made and entered
        synchronized (MAKING) {
            if (attributes(folder(), name).isPresent()) {
                return;
            }
            Path fresh = Path.of(".new-" + UUID.randomUUID());
            var _ = Files.createDirectory(root.resolve(fresh));
            try {
                open.getFirst().move(fresh, folder(), Path.of(name));
            } catch (IOException failed) {
                open.getFirst().deleteDirectory(fresh);
                if (attributes(folder(), name).isEmpty()) {
                    throw failed;
                }
            }
        }
    }

    private Path here() {
        Path here = root;
        for (String name : names) {
            here = here.resolve(name);
        }
        return here;
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("this file system cannot open files relative to a folder");
    }
}
