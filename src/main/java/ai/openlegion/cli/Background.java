package ai.openlegion.cli;

import ai.openlegion.config.Home;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A mesh started as a process of its own, which outlives this one: its log, and the wait until it is ready.
final class Background {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long GLANCE_MILLIS = 50;
    private static final int LAST_LINES = 20;

    private final Home home;
    private final Terminal terminal;
    private final Path log;

    Background(Home home, Terminal terminal) {
        this.home = home;
        this.terminal = terminal;
        this.log = home.data().resolve("mesh.log");
    }

    /// Starts the launcher with these arguments and waits until the mesh answers.
    ///
    /// @param echo whether to print what the mesh itself prints when it is ready
    /// @return 0 when it is ready, else the code it exited with
    int start(List<String> arguments, boolean echo) throws CommandFailure, IOException, InterruptedException {
        Ready before = Ready.read(home);
        if (before != null && before.alive()) {
            throw CommandFailure.failed("a mesh is already running on " + home.root() + " (pid " + before.pid()
                    + "); stop it with: openlegion stop --home " + home.root());
        }
        Files.createDirectories(
                home.data(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        LogFile.rotate(log);
        long begin = Files.exists(log) ? Files.size(log) : 0;
        Process process = launch(arguments);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!process.waitFor(GLANCE_MILLIS, TimeUnit.MILLISECONDS)) {
            Ready ready = Ready.read(home);
            if (ready != null && ready.pid() == process.pid() && MeshClient.healthy(home, ready)) {
                announce(ready, begin, echo);
                return 0;
            }
            if (System.nanoTime() > deadline) {
                throw CommandFailure.failed("the mesh (pid " + process.pid() + ") is not ready after "
                        + PATIENCE.toSeconds() + " s and goes on trying; its log is " + log);
            }
        }
        List<String> lines = linesSince(begin);
        lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()).forEach(terminal.err()::println);
        terminal.error("the mesh did not start (exit code " + process.exitValue() + "); its log is " + log);
        return process.exitValue();
    }

    /* A session of its own: the end of this terminal must not end the mesh. */
    private Process launch(List<String> arguments) throws CommandFailure, IOException {
        String launcher = System.getProperty("openlegion.launcher");
        if (launcher == null) {
            throw CommandFailure.failed("only the launcher ./openlegion can start a mesh in the background");
        }
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        command.add(launcher);
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectInput(Redirect.from(new File("/dev/null")))
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .redirectErrorStream(true)
                .start();
    }

    private void announce(Ready ready, long begin, boolean echo) throws CommandFailure, IOException {
        for (String line : linesSince(begin)) {
            if (echo) {
                terminal.print(line);
            } else if (line.startsWith("warning: ")) {
                terminal.err().println(line);
            }
        }
        terminal.print("running in the background: pid " + ready.pid() + ", agents at port " + ready.port()
                + ", control at port " + ready.controlPort());
        terminal.print("log: " + log);
        try (MeshClient mesh = MeshClient.of(home)) {
            new FleetStart(mesh, terminal).follow();
        }
    }

    private List<String> linesSince(long begin) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(begin);
            byte[] bytes = new byte[(int) Math.min(file.length() - begin, 1 << 20)];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8).lines().toList();
        }
    }
}
