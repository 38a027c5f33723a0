package ai.openlegion.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A process that has ended: its exit code and what it printed.
record Ended(int code, String out, String err) {

    private static final long PATIENCE_SECONDS = 90;

    /// Runs `openlegion` with these arguments as a JVM of its own, on the classes under test.
    static Ended openlegion(Path folder, Map<String, String> environment, String... arguments) throws Exception {
        return run(folder, environment, command(List.of(), arguments));
    }

    /// The command line that runs these arguments on the classes under test.
    static List<String> command(List<String> javaOptions, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(javaOptions);
        command.add("ai.openlegion.Main");
        command.addAll(List.of(arguments));
        return command;
    }

    /// Runs a command in a folder to its end; its environment holds these variables and no others.
    static Ended run(Path folder, Map<String, String> environment, List<String> command) throws Exception {
        return begin(folder, environment, command).end();
    }

    static Running begin(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        Path out = Files.createTempFile("openlegion-cli-", ".out");
        Path err = Files.createTempFile("openlegion-cli-", ".err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new Running(builder.start(), out, err);
    }

    /// One that may still run.
    record Running(Process process, Path out, Path err) {

        Ended end() throws Exception {
            try {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError("still running; it said:\n" + Files.readString(err));
                }
                return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                process.destroyForcibly();
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        }
    }
}
