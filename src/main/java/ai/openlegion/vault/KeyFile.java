package ai.openlegion.vault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The file of master keys, one a line, the current one first; replaced as a whole, so that a crash leaves the old one
/// or
/// the new one. Only the holder of the home's lock writes it.
final class KeyFile {

    private static final String HEAD = """
            # The master keys of this home's vault; the first is the current one. Keep a copy apart from the database:
            # without it what the vault stores is lost, and with both everybody can read it.
            """;

    private static final int LARGEST_BYTES = 64 * 1024;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path path;

    KeyFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /// Its keys in their order; none where there is no file.
    List<MasterKey> read() {
        List<MasterKey> keys = new ArrayList<>();
        int number = 0;
        for (String line : lines()) {
            number++;
            String text = line.strip();
            if (!text.isEmpty() && !text.startsWith("#")) {
                Optional<MasterKey> key = MasterKey.parse(text);
                if (key.isEmpty()) {
                    throw new VaultException(path + " line " + number
                            + " is no master key: 32 bytes as 64 hex digits or as base64; restore the file");
                }
                keys.add(key.get());
            }
        }
        return keys;
    }

    private List<String> lines() {
        try {
            if (Files.size(path) > LARGEST_BYTES) {
                throw new VaultException(path + " is larger than a file of keys can be");
            }
            return Files.readAllLines(path, StandardCharsets.UTF_8);
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (CharacterCodingException notText) {
            throw new VaultException(path + " is no text, so it holds no master key; restore the file", notText);
        } catch (IOException unreadable) {
            throw new VaultException(path + ", the file of master keys, cannot be read", unreadable);
        }
    }

    /// Puts these keys in its place; they are on the disk when it returns.
    void write(List<MasterKey> keys) {
        StringBuilder text = new StringBuilder(HEAD);
        keys.forEach(key -> text.append(key.hex()).append('\n'));
        Path next = next();
        try {
            Path folder = folder();
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.deleteIfExists(next);
            try (FileChannel channel = FileChannel.open(
                    next,
                    EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
                ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
                while (bytes.hasRemaining()) {
                    var _ = channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            // without this the rename may be gone after a power failure, and the values under the new key with it
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException unwritable) {
            throw new VaultException(path + ", the file of master keys, cannot be written", unwritable);
        }
    }

    /// Removes what a crash in [#write] may have left.
    void tidy() {
        try {
            Files.deleteIfExists(next());
        } catch (IOException unwritable) {
            throw new VaultException(next() + ", left by a crash, cannot be removed", unwritable);
        }
    }

    /// Whether others than its owner may read or write it.
    boolean isShared() {
        try {
            return Files.exists(path)
                    && !OWNER_ONLY.containsAll(Files.getPosixFilePermissions(path).stream()
                            .filter(permission -> permission != PosixFilePermission.OWNER_EXECUTE)
                            .toList());
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }

    private Path folder() {
        Path folder = path.toAbsolutePath().getParent();
        return folder == null ? path.toAbsolutePath() : folder;
    }

    private Path next() {
        return path.resolveSibling(path.getFileName() + ".new");
    }
}
