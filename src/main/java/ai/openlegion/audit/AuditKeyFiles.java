package ai.openlegion.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The two files of the audit's key: the private half, which only its owner may read, and beside it the public one,
/// with those of earlier keys behind it.
public final class AuditKeyFiles {

    private static final int LARGEST_BYTES = 1 << 20;
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rwx------");

    private final Path secret;
    private final Path open;

    private AuditKeyFiles(Path secret, Path open) {
        this.secret = secret;
        this.open = open;
    }

    /// The files of the private half at this path. The public half has the ending `.pub` in place of `.key`, or behind
    /// the name.
    public static AuditKeyFiles at(Path secret) {
        String name = String.valueOf(secret.getFileName());
        String stem = name.endsWith(".key") ? name.substring(0, name.length() - ".key".length()) : name;
        return new AuditKeyFiles(secret, secret.resolveSibling(stem + ".pub"));
    }

    /// Where the private half is.
    public Path secretFile() {
        return secret;
    }

    /// Where the public halves are.
    public Path openFile() {
        return open;
    }

    /// The public halves, the one that signs now first; empty where there is no such file.
    ///
    /// @throws IOException when the file cannot be read or holds none
    public List<AuditKey> keys() throws IOException {
        return keysIn(open);
    }

    /// The public halves in a file, such as an auditor's copy; empty where there is no such file.
    ///
    /// @throws IOException when the file cannot be read or holds none
    public static List<AuditKey> keysIn(Path file) throws IOException {
        Optional<String> pem = text(file);
        if (pem.isEmpty()) {
            return List.of();
        }
        try {
            return AuditKey.parse(pem.get());
        } catch (IllegalArgumentException none) {
            throw new IOException(file + ": " + none.getMessage(), none);
        }
    }

    /// The key that signs; empty where there is no file of its private half.
    ///
    /// @throws IOException when the file cannot be read, holds no such key, or is not the private half of the first
    ///     public one
    public Optional<SigningKey> key() throws IOException {
        Optional<String> pem = text(secret);
        if (pem.isEmpty()) {
            return Optional.empty();
        }
        SigningKey key;
        try {
            key = SigningKey.parse(pem.get());
        } catch (IllegalArgumentException none) {
            throw new IOException(secret + ": " + none.getMessage(), none);
        }
        List<AuditKey> known = keys();
        if (known.isEmpty()) {
            write(open, key.open().pem(), "rw-r--r--");
        } else if (!known.getFirst().id().equals(key.open().id())) {
            throw new IOException(secret + " is key " + key.open().id() + ", but " + open + " begins with key "
                    + known.getFirst().id() + "; put the right one back");
        }
        return Optional.of(key);
    }

    /// Makes a new key. The public halves of earlier ones stay behind its own: what they signed is verified with them.
    public SigningKey create() throws IOException {
        SigningKey key = SigningKey.random();
        StringBuilder keys = new StringBuilder(key.open().pem());
        keys().forEach(earlier -> keys.append(earlier.pem()));
        Path folder = secret.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER));
        }
        // The private half first: of a first key, the public one is made again from it.
        write(secret, key.pem(), "rw-------");
        write(open, keys.toString(), "rw-r--r--");
        return key;
    }

    /// What the operator should know: a sentence when others may read or write the private half.
    public List<String> warnings() throws IOException {
        List<String> warnings = new ArrayList<>();
        if (Files.exists(secret)) {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(secret);
            if (!OWNER.containsAll(mode)) {
                warnings.add(secret + " may be read or written by others (" + PosixFilePermissions.toString(mode)
                        + "), who can then sign a log of their own: run chmod 600 on it, then make a new key");
            }
        }
        return warnings;
    }

    private static Optional<String> text(Path file) throws IOException {
        try {
            if (Files.size(file) > LARGEST_BYTES) {
                throw new IOException(file + " is larger than " + LARGEST_BYTES + " bytes");
            }
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    /* In one step: a process that dies leaves the old file or the new one. */
    private static void write(Path file, String text, String mode) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(next);
        try (FileChannel channel = FileChannel.open(
                next,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)))) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
