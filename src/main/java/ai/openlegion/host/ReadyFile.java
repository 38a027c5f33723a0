package ai.openlegion.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// `data/ready.json`: there exactly while the mesh takes calls.
final class ReadyFile {

    private final Path file;

    ReadyFile(Path data) {
        file = data.resolve("ready.json");
    }

    /// Written beside and renamed, so that nobody reads half of it.
    void write(String scheme, int port, int controlPort) throws IOException {
        Path draft = file.resolveSibling("ready.json.new");
        Files.writeString(
                draft,
                "{\"scheme\": \"" + scheme + "\", \"port\": " + port + ", \"control_port\": " + controlPort
                        + ", \"pid\": " + ProcessHandle.current().pid() + "}\n");
        var _ = Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void remove() throws IOException {
        var _ = Files.deleteIfExists(file);
    }
}
