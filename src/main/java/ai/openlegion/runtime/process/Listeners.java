package ai.openlegion.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// Who listens on a port of this machine, as the kernel says.
final class Listeners {

    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final String LISTENING = "0A";

    private Listeners() {}

    /// Whether somebody listens on a port, and nobody but this user.
    static boolean isOwn(int port, int user) throws IOException {
        String local = ":%04X".formatted(port);
        String owner = String.valueOf(user);
        boolean isThere = false;
        for (Path table : TABLES) {
            for (String line : lines(table)) {
                String[] fields = line.strip().split("\\s+");
                if (fields.length > 7 && fields[1].endsWith(local) && fields[3].equals(LISTENING)) {
                    if (!fields[7].equals(owner)) {
                        return false;
                    }
                    isThere = true;
                }
            }
        }
        return isThere;
    }

    private static List<String> lines(Path table) throws IOException {
        try {
            return Files.readAllLines(table);
        } catch (NoSuchFileException noSuchProtocol) {
            return List.of();
        }
    }
}
