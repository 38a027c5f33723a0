package ai.openlegion.agent.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Logger;
import java.util.stream.Stream;

/// Runs commands in a shell, each in a session of its own, and leaves nothing of them behind: what a command started
/// ends with it, whether it finished, took too long or was interrupted.
///
/// A process may hide from this by leaving the session, its parents and its environment all at once. Where the agent is
/// alone (in its container), whatever the last command leaves behind is found all the same: nothing else is there.
public final class Commands {

    private static final Logger LOG = Logger.getLogger(Commands.class.getName());
    private static final int OUTPUT_BYTES = 100_000;
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);
    private static final Duration PIPES = Duration.ofSeconds(2);
    private static final Duration KILLING = Duration.ofSeconds(5);
    private static final Duration BETWEEN_KILLS = Duration.ofMillis(2);
    private static final String MARK = "OPENLEGION_COMMAND";

    /// When memory runs out the kernel shall take a command and not the agent; the command's text is an argument, so
    /// that nothing in it is read twice.
    private static final String PRELUDE = "echo 1000 2>/dev/null >/proc/self/oom_score_adj; exec \"$0\" -c \"$1\"";

    private final Map<String, String> environment;
    private final boolean alone;
    private final List<String> prefix;
    private final Set<Brood> running = new HashSet<>();
    private final Set<Brood> survivors = new HashSet<>();

    /// @param environment all that a command gets to see; no secret
    /// @param alone whether every process here but this one, its first and its parents comes of a command
    public Commands(Map<String, String> environment, boolean alone) {
        this.environment = Map.copyOf(environment);
        this.alone = alone;
        String shell = executable("/bin/bash").orElse("/bin/sh");
        prefix = Stream.concat(
                        executable("/usr/bin/setsid").stream(), Stream.of("/bin/sh", "-c", PRELUDE, shell))
                .toList();
    }

    /// Runs a command until it ends, or its time is over.
    ///
    /// @throws IOException if it cannot be started
    /// @throws InterruptedException if the thread is interrupted; the command has been ended then
    public CommandResult run(String command, Path folder, Duration most) throws IOException, InterruptedException {
        String mark = UUID.randomUUID().toString();
        var builder = new ProcessBuilder(Stream.concat(prefix.stream(), Stream.of(command)).toList());
        builder.directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().put(MARK, mark);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        Process process;
        Brood brood;
        synchronized (running) {
            process = start(builder, MARK + "=" + mark);
            brood = new Brood(process, MARK + "=" + mark);
            var _ = running.add(brood);
        }
        Output out;
        Output err;
        boolean ended;
        try {
            out = new Output(process.getInputStream(), OUTPUT_BYTES);
            err = new Output(process.getErrorStream(), OUTPUT_BYTES);
            ended = await(process, brood, most);
        } catch (OutOfMemoryError noThread) {
            throw new IOException("there are too many processes to run another", noThread);
        } finally {
            end(brood);
        }
        out.finish(PIPES);
        err.finish(PIPES);
        return result(process, ended, out, err);
    }

    /// Where no thread can be made the process may have been, and nobody would have it in hand.
    private static Process start(ProcessBuilder builder, String mark) throws IOException {
        try {
            return builder.start();
        } catch (OutOfMemoryError noThread) {
            ProcessTable table = ProcessTable.now();
            for (ProcessTable.Row row : table.rows()) {
                if (ProcessTable.carries(row, mark)) {
                    Brood.kill(row.pid());
                }
            }
            throw new IOException("there are too many processes to run another", noThread);
        }
    }

    /// Half of what may be kept is for errors if they need it.
    private static CommandResult result(Process process, boolean ended, Output out, Output err) {
        int forErrors = Math.min(err.length(), Math.max(OUTPUT_BYTES / 2, OUTPUT_BYTES - out.length()));
        int forOutput = OUTPUT_BYTES - forErrors;
        return new CommandResult(
                ended ? process.exitValue() : -1,
                out.text(forOutput),
                err.text(forErrors),
                out.exceeds(forOutput) || err.exceeds(forErrors),
                !ended);
    }

    /// Looks around while it waits: a process whose parents are gone is known only to who saw them together.
    private static boolean await(Process process, Brood brood, Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); left > 0; left = end - System.nanoTime()) {
            if (process.waitFor(Math.min(left, LOOK_EVERY.toNanos()), TimeUnit.NANOSECONDS)) {
                return true;
            }
            brood.look(ProcessTable.now());
        }
        return false;
    }

    /// Kills again and again, as a process may fork while it is looked for. What survives that is killed again with the
    /// next command.
    private void end(Brood brood) {
        long end = System.nanoTime() + KILLING.toNanos();
        boolean interrupted = false;
        synchronized (running) {
            var _ = running.remove(brood);
            int alive;
            do {
                // with the flag set nothing can be read
                interrupted |= Thread.interrupted();
                ProcessTable table = ProcessTable.now();
                alive = brood.kill(table);
                var _ = survivors.removeIf(survivor -> survivor.kill(table) == 0);
                if (alone && running.isEmpty()) {
                    alive += killStrays(table);
                }
                if (alive > 0) {
                    LockSupport.parkNanos(BETWEEN_KILLS.toNanos());
                }
            } while (alive > 0 && System.nanoTime() < end);
            if (alive > 0) {
                var _ = survivors.add(brood);
                LOG.warning("agent.command_survives processes=" + alive);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Strays descend from the first process here, or from this one. What an operator starts in the container from
    /// outside has no parent in it, and is left alone.
    private static int killStrays(ProcessTable table) {
        long self = ProcessHandle.current().pid();
        Set<Long> ours = new HashSet<>();
        ours.add(1L);
        ProcessHandle.current().parent().map(ProcessHandle::pid).ifPresent(ours::add);
        int killed = 0;
        for (ProcessTable.Row row : table.rows()) {
            if (row.pid() == self || ours.contains(row.pid()) || row.isZombie()) {
                continue;
            }
            ProcessTable.Row top = row;
            for (Optional<ProcessTable.Row> parent = table.parentOf(top);
                    parent.isPresent();
                    parent = table.parentOf(top)) {
                top = parent.get();
            }
            if (top.pid() == 1 || top.pid() == self) {
                Brood.kill(row.pid());
                killed++;
            }
        }
        return killed;
    }

    private static Optional<String> executable(String path) {
        return Optional.of(path).filter(each -> Files.isExecutable(Path.of(each)));
    }
}
