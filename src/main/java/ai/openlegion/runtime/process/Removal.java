package ai.openlegion.runtime.process;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.UUID;

/// Removes what an agent made, however deep it nested its folders: each is reached from its parent, so no path grows
/// too long, and links are removed and never followed.
final class Removal {

    /// Folders open at once; what lies deeper is moved up first.
    private static final int DEPTH_MAX = 64;

    private final SecureDirectoryStream<Path> top;
    private boolean hasMoved;

    private Removal(SecureDirectoryStream<Path> top) {
        this.top = top;
    }

    /// Removes a file or a folder with all that is in it; nothing to remove is no error. Blocks.
    static void of(Path file) throws IOException {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> parent = Files.newDirectoryStream(file.resolveSibling("."))) {
            of(secure(parent), file.getFileName());
        }
    }

    /// Removes what a user owns directly in a folder, with all that is in it. Blocks.
    ///
    /// @param user a uid without an entry in passwd
    static void ofUser(Path folder, int user) throws IOException {
        String owner = String.valueOf(user);
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            SecureDirectoryStream<Path> parent = secure(stream);
            for (Path entry : parent) {
                Path name = entry.getFileName();
                if (owner(parent, name).equals(owner)) {
                    of(parent, name);
                }
            }
        } catch (DirectoryIteratorException unreadable) {
            throw unreadable.getCause();
        }
    }

    private static void of(SecureDirectoryStream<Path> parent, Path name) throws IOException {
        if (!isFolder(parent, name)) {
            parent.deleteFile(name);
            return;
        }
        boolean isEmpty = false;
        while (!isEmpty) {
            // a stream is read once, and need not show what was moved up meanwhile
            try (SecureDirectoryStream<Path> top = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                Removal pass = new Removal(top);
                pass.empty(top, 0);
                isEmpty = !pass.hasMoved;
            } catch (DirectoryIteratorException unreadable) {
                throw unreadable.getCause();
            }
        }
        parent.deleteDirectory(name);
    }

    private void empty(SecureDirectoryStream<Path> folder, int depth) throws IOException {
        for (Path entry : folder) {
            Path name = entry.getFileName();
            if (!isFolder(folder, name)) {
                folder.deleteFile(name);
            } else if (depth == DEPTH_MAX) {
                folder.move(name, top, Path.of(UUID.randomUUID().toString()));
                hasMoved = true;
            } else {
                try (SecureDirectoryStream<Path> below = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                    empty(below, depth + 1);
                }
                folder.deleteDirectory(name);
            }
        }
    }

    private static boolean isFolder(SecureDirectoryStream<Path> parent, Path name) throws IOException {
        return parent.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes()
                .isDirectory();
    }

    /// Empty where others have removed it meanwhile.
    private static String owner(SecureDirectoryStream<Path> parent, Path name) throws IOException {
        try {
            return parent.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes()
                    .owner()
                    .getName();
        } catch (NoSuchFileException gone) {
            return "";
        }
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        throw new IOException("this machine does not open files relative to their folder");
    }
}
