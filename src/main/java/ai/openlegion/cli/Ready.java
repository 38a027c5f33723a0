package ai.openlegion.cli;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problems;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a running mesh says of itself in `data/ready.json`.
record Ready(int port, int controlPort, long pid) {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int CONNECT_MILLIS = 2_000;

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

    /// Where the control listener is: on loopback unless the configuration names another of this machine's addresses.
    URI control(Home home) {
        String host = listens(LOOPBACK)
                ? LOOPBACK
                : Configuration.load(home, Map.of(), Overrides.NONE, new Problems())
                        .map(loaded -> loaded.settings().control().host())
                        .orElse(LOOPBACK);
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + controlPort);
    }

    private boolean listens(String host) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, controlPort), CONNECT_MILLIS);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }
}
