package ai.openlegion.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A command of the host that ran to its end, within a deadline and without the mesh's environment.
///
/// @param exitCode -1 where it did not end in time and was killed
/// @param output of its standard output, at most a mebibyte
/// @param errors of its standard error, at most a mebibyte
public record Execution(int exitCode, String output, String errors) {

    private static final int MOST_BYTES = 1 << 20;

    /// Runs a command and waits for it; never on an event loop. What outlives the deadline is killed, with
    /// what it
    /// started.
    ///
    /// @param environment all of it
    /// @throws IOException when it cannot be started
    /// @throws InterruptedException when this thread is interrupted; the command is killed then too
    public static Execution of(List<String> command, Map<String, String> environment, Duration deadline)
            throws IOException, InterruptedException {
        List<String> found = new ArrayList<>(command);
        found.set(0, program(command.getFirst(), environment.getOrDefault("PATH", "")));
        ProcessBuilder builder = new ProcessBuilder(found);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        Reader output = new Reader(process.getInputStream());
        Reader errors = new Reader(process.getErrorStream());
        boolean hasEnded = false;
        try {
            hasEnded = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!hasEnded) {
                List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
                all.add(process.toHandle());
                all.forEach(ProcessHandle::destroyForcibly);
            }
        }
        return new Execution(hasEnded ? process.exitValue() : -1, output.text(), errors.text());
    }

    /* The JVM would look along its own path, not along the one that was given. */
    private static String program(String name, String path) throws IOException {
        if (name.contains("/")) {
            return name;
        }
        return Arrays.stream(path.split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseThrow(() -> new IOException("there is no " + name));
    }

    /// What it said about its failure, on one line.
    public String complaint() {
        String said = (errors.isBlank() ? output : errors).strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
        String end = exitCode < 0 ? "did not answer in time" : "exit code " + exitCode;
        return said.isEmpty() ? end : end + ": " + (said.length() > 300 ? said.substring(0, 300) + "…" : said);
    }

    private static final class Reader {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Thread thread;

        Reader(InputStream stream) {
            thread = Thread.ofPlatform().daemon().name("command-output").start(() -> read(stream));
        }

        private void read(InputStream stream) {
            byte[] buffer = new byte[8_192];
            try (stream) {
                for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                    synchronized (bytes) {
                        bytes.write(buffer, 0, Math.min(n, MOST_BYTES - bytes.size()));
                    }
                }
            } catch (IOException closed) {
                // what was read until then is what it said
                return;
            }
        }

        /* Whoever was not killed may still hold the pipe: its output is not waited for. */
        String text() throws InterruptedException {
            thread.join(Duration.ofSeconds(1));
            synchronized (bytes) {
                return bytes.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
