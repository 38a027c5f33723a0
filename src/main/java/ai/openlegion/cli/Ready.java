package ai.openlegion.cli;

import ai.openlegion.config.Home;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a running mesh says of itself in `data/ready.json`.
record Ready(int port, int controlPort, long pid) {

    /// The home's file; null when there is none, which is how a stopped mesh leaves it.
    ///
    /// @throws CommandFailure when the file is there and cannot be read
    static @Nullable Ready read(Home home) throws CommandFailure {
        Path file = home.data().resolve("ready.json");
        try {
            JsonObject json = new JsonObject(Files.readString(file));
            return new Ready(json.getInteger("port"), json.getInteger("control_port"), json.getLong("pid"));
        } catch (NoSuchFileException none) {
            return null;
        } catch (IOException unreadable) {
            throw CommandFailure.failed("cannot read " + file + "; run this as the mesh's user");
        } catch (DecodeException | ClassCastException | NullPointerException garbled) {
            throw CommandFailure.failed(file + " is damaged; stop the mesh by its pid and start it again");
        }
    }

    /// Whether that process lives; a killed mesh leaves its file behind.
    boolean alive() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
