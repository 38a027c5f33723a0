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
        Optional<SigningKey> key = secret();
        List<AuditKey> known = key.isPresent() ? keys() : List.of();
        if (key.isPresent()
                && !known.isEmpty()
                && !known.getFirst().id().equals(key.get().open().id())) {
            throw new IOException(secret + " is key " + key.get().open().id() + ", but " + open + " begins with key "
                    + known.getFirst().id() + "; put the right one back, or: openlegion audit key --new");
        }
        return key;
    }

    private Optional<SigningKey> secret() throws IOException {
        Optional<String> pem = text(secret);
        try {
            return pem.map(SigningKey::parse);
        } catch (IllegalArgumentException none) {
            throw new IOException(secret + ": " + none.getMessage(), none);
        }
    }

    /// Makes the first key of a home, without its public half: [#publish] adds that once something is signed, so that
    /// who finds it finds signatures, too.
    SigningKey begin() throws IOException {
        SigningKey key = SigningKey.random();
        write(secret, key.pem(), "rw-------");
        return key;
    }

    /// Puts the public half where there is none.
    void publish(SigningKey key) throws IOException {
        if (!Files.exists(open)) {
            write(open, key.open().pem(), "rw-r--r--");
        }
    }

    /// Makes a new key. The public halves of earlier ones stay behind its own: what they signed is verified with them.
    public SigningKey create() throws IOException {
        SigningKey key = SigningKey.random();
        StringBuilder pem = new StringBuilder(key.open().pem());
        List<AuditKey> listed = keys();
        replaced()
                .filter(earlier -> listed.stream().noneMatch(each -> each.id().equals(earlier.id())))
                .ifPresent(earlier -> pem.append(earlier.pem()));
        listed.forEach(earlier -> pem.append(earlier.pem()));
        // The public halves first: of the private one that is replaced, nothing could be made again.
        write(open, pem.toString(), "rw-r--r--");
        write(secret, key.pem(), "rw-------");
        return key;
    }

    /// Whether no public half of an earlier key would stay behind a new one.
    public boolean lacksEarlier() throws IOException {
        return keys().isEmpty() && replaced().isEmpty();
    }

    /* The public half of the key that is about to be replaced; none where that cannot be read any more. */
    private Optional<AuditKey> replaced() {
        try {
            return secret().map(SigningKey::open);
        } catch (IOException lost) {
            return Optional.empty();
        }
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
    static void write(Path file, String text, String mode) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER));
        }
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
