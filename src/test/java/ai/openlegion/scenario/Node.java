package ai.openlegion.scenario;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The official JavaScript clients, installed once from the lock file and run with `node`.
final class Node {

    private static final Path SOURCES = Path.of("src/test/js");
    private static final Path INSTALLED = Path.of("target/js");

    private Node() {}

    /// Runs one case of sdk.mjs as an agent and returns what it printed.
    static synchronized JsonObject sdk(Mesh mesh, String agent, String name, JsonObject options)
            throws IOException, InterruptedException {
        return sdk(mesh.port(), mesh.token(agent), name, options);
    }

    /// Runs one case of sdk.mjs with any API key.
    static synchronized JsonObject sdk(int port, String key, String name, JsonObject options)
            throws IOException, InterruptedException {
        return sdkAt("http://127.0.0.1:" + port + "/v1", key, name, options);
    }

    /// Runs one case of sdk.mjs with any base URL.
    static synchronized JsonObject sdkAt(String baseUrl, String key, String name, JsonObject options)
            throws IOException, InterruptedException {
        install();
        Map<String, String> environment = Map.of("BASE_URL", baseUrl, "API_KEY", key);
        return new JsonObject(run(environment, "node", "sdk.mjs", name, options.encode()));
    }

    /// Runs one case of sdk.mjs by TLS; the system's certificates do not know this one.
    static synchronized JsonObject sdkTrusting(
            Path certificate, String baseUrl, String key, String name, JsonObject options)
            throws IOException, InterruptedException {
        install();
        Map<String, String> environment =
                Map.of("BASE_URL", baseUrl, "API_KEY", key, "NODE_EXTRA_CA_CERTS", certificate.toString());
        return new JsonObject(run(environment, "node", "sdk.mjs", name, options.encode()));
    }

    /// Runs a script with further arguments and returns what it printed; its base URL is the listener's root.
    static synchronized JsonObject script(int port, String key, String script, String... arguments)
            throws IOException, InterruptedException {
        install();
        Map<String, String> environment = Map.of("BASE_URL", "http://127.0.0.1:" + port, "API_KEY", key);
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        return new JsonObject(run(environment, command.toArray(String[]::new)));
    }

    /// The folder with the clients and the scripts.
    static synchronized Path installed() throws IOException, InterruptedException {
        install();
        return INSTALLED.toAbsolutePath();
    }

    /* Tests run in two processes: one of them installs. */
    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(INSTALLED);
        try (FileChannel channel = FileChannel.open(
                        INSTALLED.resolveSibling("js.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            installAlone();
        }
    }

    private static void installAlone() throws IOException, InterruptedException {
        boolean current = Files.isDirectory(INSTALLED.resolve("node_modules/openai"))
                && Arrays.equals(bytes(SOURCES), bytes(INSTALLED));
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, INSTALLED.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (!current) {
            run(Map.of(), "npm", "ci");
        }
    }

    private static byte[] bytes(Path folder) throws IOException {
        Path lock = folder.resolve("package-lock.json");
        return Files.exists(lock) ? Files.readAllBytes(lock) : new byte[0];
    }

    private static String run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("openlegion-node-", ".out");
        Path errors = Files.createTempFile("openlegion-node-", ".err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(INSTALLED.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + " failed:\n" + Files.readString(errors));
            }
            return Canaries.received(Files.readString(output));
        } finally {
            process.destroyForcibly();
            Files.delete(output);
            Files.delete(errors);
        }
    }
}
