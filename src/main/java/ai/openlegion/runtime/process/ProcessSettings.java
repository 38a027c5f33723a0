package ai.openlegion.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How the agents of one home are run as processes.
///
/// @param home whose agents they are
/// @param data where the mesh keeps its state: here what agents write to their standard streams is kept
/// @param meshHost by which they reach the mesh
/// @param ownUsers whether each agent gets a user of its own, for which the mesh must be root
/// @param state where the agents' workspaces are; with own users no folder above it may be closed to others
public record ProcessSettings(Path home, Path data, String meshHost, boolean ownUsers, Path state) {

    /// Where workspaces are on a machine where the mesh is root: a home may lie where other users cannot go.
    static final Path SYSTEM_STATE = Path.of("/var/lib/openlegion/agents");

    /// The usual settings.
    ///
    /// @param listens the host that the agent listener has
    public static ProcessSettings of(Path home, Path data, String listens) {
        boolean isRoot = isRoot();
        String host = listens.equals("0.0.0.0") || listens.equals("localhost")
                ? "127.0.0.1"
                : listens.equals("::") || listens.equals("[::]") ? "[::1]" : listens;
        return new ProcessSettings(
                home,
                data,
                host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host,
                isRoot,
                isRoot ? SYSTEM_STATE : data.resolve("agents"));
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid && uid == 0;
        } catch (IOException | UnsupportedOperationException noLinux) {
            return false;
        }
    }
}
