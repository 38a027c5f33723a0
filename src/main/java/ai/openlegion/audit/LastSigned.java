package ai.openlegion.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// The mesh's own memory of what it signed last, a file outside of the database and of the folder of checkpoints: it
/// tells when both were cut back or made anew.
public final class LastSigned {

    private static final int LARGEST_BYTES = 4096;

    private final Path file;

    private LastSigned(Path file) {
        this.file = file;
    }

    /// The one of the home whose checkpoints are in this folder: `audit.last` beside it.
    public static LastSigned of(Path checkpoints) {
        return new LastSigned(checkpoints.resolveSibling("audit.last"));
    }

    /// Where it is.
    public Path file() {
        return file;
    }

    /// The checkpoint in it; empty where there is no such file. Says nothing about its signature.
    ///
    /// @throws IOException when the file cannot be read, or holds none
    public Optional<Checkpoint> read() throws IOException {
        try {
            if (Files.size(file) > LARGEST_BYTES) {
                throw new IOException(file + " is larger than " + LARGEST_BYTES + " bytes");
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            return Optional.of(Checkpoint.parse(text.stripTrailing()));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IllegalArgumentException damaged) {
            throw new IOException(file + ": " + damaged.getMessage(), damaged);
        }
    }

    void write(Checkpoint checkpoint) throws IOException {
        AuditKeyFiles.write(file, checkpoint.text() + "\n", "rw-r--r--");
    }
}
