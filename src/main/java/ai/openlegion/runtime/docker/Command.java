package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// One run of a program of the host, short, with a deadline; it inherits nothing but where programs are found.
///
/// @param exit code of the program
/// @param output both streams, bounded
record Command(int exit, String output) {

    private static final int OUTPUT_MAX = 256 << 10;

    /// Where Debian keeps what root uses; a user's PATH may lack it.
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// Runs a program to its end; blocks.
    ///
    /// @throws RuntimeFault when it cannot be run, or does not end in time
    static Command run(List<String> command, String input, Duration limit) throws RuntimeFault {
        try {
            Process process =
                    process(command, Map.of()).redirectErrorStream(true).start();
            try {
                StringBuilder read = new StringBuilder();
                Thread reader = Thread.ofVirtual().start(() -> read.append(read(process.getInputStream())));
                try (OutputStream stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                }
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS) || !reader.join(limit)) {
                    throw Fault.unavailable(command.getFirst() + " did not end within " + limit.toSeconds() + " s");
                }
                return new Command(process.exitValue(), read.toString());
            } finally {
                var _ = process.destroyForcibly();
            }
        } catch (IOException absent) {
            throw Fault.missing(Fault.words(String.valueOf(absent.getMessage())));
        } catch (InterruptedException broken) {
            Thread.currentThread().interrupt();
            throw Fault.unavailable(command.getFirst() + " was broken off");
        }
    }

    /// A program with an environment of its own: the mesh's may hold credentials.
    static ProcessBuilder process(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(resolved(command));
        builder.environment().clear();
        builder.environment().put("PATH", PATH);
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        return builder;
    }

    /// Whether a program is where programs are found.
    static boolean isInstalled(String program) {
        return file(program).isPresent();
    }

    /// The program's file, as the PATH of this process need not be the one it is looked for in.
    private static List<String> resolved(List<String> command) {
        String program = command.getFirst();
        String file = program.contains("/") ? program : file(program).orElse(program);
        return Stream.concat(Stream.of(file), command.stream().skip(1)).toList();
    }

    private static Optional<String> file(String program) {
        return Stream.of(PATH.split(":"))
                .map(folder -> folder + "/" + program)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst();
    }

    private static String read(InputStream output) {
        try (output) {
            return new String(output.readNBytes(OUTPUT_MAX), StandardCharsets.UTF_8);
        } catch (IOException ended) {
            return "";
        }
    }
}
