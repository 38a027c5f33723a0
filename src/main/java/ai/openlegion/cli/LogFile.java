package ai.openlegion.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The file that a mesh in the background writes to, and those that were written before: `mesh.log`, `mesh.log.1` to
/// `mesh.log.3`.
///
/// A file is only ever renamed: whoever still writes to it goes on in it and loses no line. What a mesh writes it
/// writes to a descriptor that it inherited, so that a log is set aside at a start and not in between.
final class LogFile {

    /// Beyond this a log is set aside, in bytes.
    static final long MOST_BYTES = 10 << 20;

    static final int KEPT = 3;

    private LogFile() {}

    /// Sets a log aside where it is large, and those before it; the last of them goes.
    static void rotate(Path log) throws IOException {
        if (!Files.exists(log) || Files.size(log) <= MOST_BYTES) {
            return;
        }
        for (int number = KEPT - 1; number >= 0; number--) {
            Path from = numbered(log, number);
            if (Files.exists(from)) {
                Files.move(from, numbered(log, number + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static Path numbered(Path log, int number) {
        return number == 0 ? log : log.resolveSibling(log.getFileName() + "." + number);
    }
}
