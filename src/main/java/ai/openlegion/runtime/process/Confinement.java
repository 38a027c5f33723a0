package ai.openlegion.runtime.process;

import ai.openlegion.fleet.Resources;
import ai.openlegion.runtime.Execution;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.runtime.process.Quarters.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The command lines by which the tools of util-linux take from a process what an agent does not need, and end
/// all
/// that came of it.
final class Confinement {

    static final String PATH = "/usr/local/bin:/usr/bin:/bin";

    private static final List<Path> FOLDERS = Stream.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin")
            .map(Path::of)
            .toList();
    private static final List<String> TOOLS = List.of("setsid", "setpriv", "prlimit", "sh");
    private static final int OPEN_FILES = 4_096;

    /// Kills as the agent's user: the kernel then reaches each of its processes at once, also those that fork
    /// or left
    /// their session, and no other process.
    private static final String KILL_USER =
            "read -r _; exec \"$0\" --reuid=\"$1\" --regid=\"$1\" --clear-groups -- sh -c"
                    + " 'i=0; while [ $i -lt 25 ] && kill -s KILL -- -1 2>/dev/null; do i=$((i+1)); sleep 0.02; done'";

    /// Kills what has the start's mark in its environment, where all agents share the mesh's user.
    private static final String KILL_MARKED =
            "read -r _; i=0; while [ $i -lt 25 ]; do found=; for p in /proc/[0-9]*; do"
                    + " if grep -qaF \"$1\" \"$p/environ\" 2>/dev/null; then kill -s KILL \"${p#/proc/}\" 2>/dev/null &&"
                    + " found=1; fi; done; [ -n \"$found\" ] || exit 0; i=$((i+1)); done";

    private final Map<String, String> tools = new LinkedHashMap<>();
    private final boolean ownUsers;

    Confinement(boolean ownUsers) {
        this.ownUsers = ownUsers;
        for (String tool : TOOLS) {
            FOLDERS.stream()
                    .map(folder -> folder.resolve(tool))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .ifPresent(path -> tools.put(tool, path.toString()));
        }
    }

    /// Fails unless processes can be confined here.
    void check() throws RuntimeFault, IOException, InterruptedException {
        List<String> missing =
                TOOLS.stream().filter(tool -> !tools.containsKey(tool)).toList();
        if (!missing.isEmpty()) {
            throw new RuntimeFault(
                    RuntimeFault.Kind.MISSING,
                    "needs " + String.join(", ", missing)
                            + " of util-linux on Linux; install it (Debian: apt-get install util-linux)");
        }
        if (!ownUsers) {
            return;
        }
        Optional<Path> closed = closedToOthers(Path.of(System.getProperty("java.home")));
        if (closed.isPresent()) {
            throw new RuntimeFault(
                    RuntimeFault.Kind.MISSING,
                    "agents run under users of their own, which cannot read the JDK: " + closed.get()
                            + " is closed to others; install a JDK where all may read it (such as /usr/lib/jvm)");
        }
        List<String> probe = new ArrayList<>(privileges(Quarters.FIRST_USER));
        probe.addAll(List.of(tool("sh"), "-c", "exit 0"));
        Execution tried = Execution.of(probe, Map.of("PATH", PATH), Duration.ofSeconds(5));
        if (tried.exitCode() != 0) {
            throw new RuntimeFault(
                    RuntimeFault.Kind.MISSING,
                    "agents need users of their own (uids from " + Quarters.FIRST_USER
                            + "), and this machine or container does not give them: " + tried.complaint());
        }
    }

    /// A program with what an agent may use and no more: `data` bounds the memory it can dirty (an address
    /// space would
    /// count what a JVM only reserves), a file's size the disk.
    List<String> confined(Place place, Resources resources, List<String> program) {
        List<String> command = new ArrayList<>(List.of(tool("setsid")));
        command.addAll(privileges(place.user()));
        command.addAll(List.of(
                tool("prlimit"),
                "--core=0",
                "--data=" + resources.memoryBytes(),
                "--fsize=" + resources.diskBytes(),
                "--nofile=" + OPEN_FILES));
        if (place.user() >= 0) {
            // counted by user: with the mesh's it would bound whatever else that user runs
            command.add("--nproc=" + resources.pids());
        }
        command.add("--");
        command.addAll(program);
        return command;
    }

    /// What ends all processes of a place as soon as its standard input ends: when the mesh says so, or is no
    /// more.
    ///
    /// @param mark in the environment of what it ends
    List<String> guardian(Place place, String mark) {
        return place.user() >= 0
                ? List.of(tool("setsid"), tool("sh"), "-c", KILL_USER, tool("setpriv"), String.valueOf(place.user()))
                : List.of(tool("setsid"), tool("sh"), "-c", KILL_MARKED, "guardian", mark);
    }

    /// Whether a program is one of the tools that come before the agent's own.
    boolean isTool(Path program) throws IOException {
        for (String tool : List.of("setsid", "setpriv", "prlimit")) {
            if (program.equals(Path.of(tool(tool)).toRealPath())) {
                return true;
            }
        }
        // by which a JVM starts all its children
        return program.endsWith("jspawnhelper");
    }

    /* The signal on the parent's death is the first way out, the guardian the one that also finds grandchildren. */
    private List<String> privileges(int user) {
        List<String> command = new ArrayList<>(List.of(tool("setpriv"), "--no-new-privs", "--inh-caps=-all"));
        if (user >= 0) {
            command.addAll(List.of("--reuid=" + user, "--regid=" + user, "--clear-groups", "--bounding-set=-all"));
        }
        command.addAll(List.of("--pdeathsig=KILL", "--"));
        return command;
    }

    private String tool(String name) {
        String path = tools.get(name);
        if (path == null) {
            throw new IllegalStateException(name + " is missing; check() says so");
        }
        return path;
    }

    private static Optional<Path> closedToOthers(Path path) throws IOException {
        for (Path part = path.toRealPath(); part != null; part = part.getParent()) {
            if (!Files.getPosixFilePermissions(part).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return Optional.of(part);
            }
        }
        return Optional.empty();
    }
}
