package ai.openlegion.runtime;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.BooleanSupplier;

/// The size of a folder while an agent may rearrange it: each folder is opened from its parent and never through a
/// symbolic link, and everything is bounded.
public final class FolderSize {

    /// What cannot be measured counts as too large: an agent that hides its files in depths has only itself to blame.
    public static final long IMMEASURABLE = Long.MAX_VALUE;

    private static final int DEPTH_MAX = 128;
    private static final long ENTRIES_MAX = 4_000_000;

    /// Files take whole blocks, and empty ones take their place in a folder.
    private static final long BLOCK = 4096;

    private final BooleanSupplier goesOn;
    private long entries;

    private FolderSize(BooleanSupplier goesOn) {
        this.goesOn = goesOn;
    }

    /// The bytes under a folder, in whole blocks; [#IMMEASURABLE] beyond bounds. Blocks.
    ///
    /// @param goesOn whether there is still time
    /// @throws IOException when the folder itself cannot be read
    public static long of(Path folder, BooleanSupplier goesOn) throws IOException {
        try (DirectoryStream<Path> root = Files.newDirectoryStream(folder)) {
            return root instanceof SecureDirectoryStream<Path> secure
                    ? new FolderSize(goesOn).of(secure, 0)
                    : IMMEASURABLE;
        } catch (DirectoryIteratorException broken) {
            throw broken.getCause();
        }
    }

    private long of(SecureDirectoryStream<Path> folder, int depth) throws IOException {
        long sum = BLOCK;
        for (Path entry : folder) {
            if (++entries > ENTRIES_MAX || depth > DEPTH_MAX || !goesOn.getAsBoolean()) {
                return IMMEASURABLE;
            }
            long size = ofEntry(folder, entry.getFileName(), depth);
            if (size == IMMEASURABLE) {
                return IMMEASURABLE;
            }
            sum += size;
        }
        return sum;
    }

    private long ofEntry(SecureDirectoryStream<Path> folder, Path name, int depth) throws IOException {
        try {
            BasicFileAttributes attributes = folder.getFileAttributeView(
                            name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes();
            if (!attributes.isDirectory()) {
                return Math.ceilDiv(attributes.size(), BLOCK) * BLOCK + BLOCK / 16;
            }
        } catch (NoSuchFileException removedMeanwhile) {
            return 0;
        }
        try (SecureDirectoryStream<Path> below = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            return of(below, depth + 1);
        } catch (NoSuchFileException | NotDirectoryException removedOrReplaced) {
            return 0;
        } catch (FileSystemException hindered) {
            return IMMEASURABLE;
        }
    }
}
