package ai.openlegion.runtime.docker;

import ai.openlegion.identity.AgentId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// How what belongs to one home is labelled and named on an engine that others use too.
///
/// Labels decide what is ours; names only have to be unlike those of other homes.
///
/// @param home the hash of the home's real path: 64 hexadecimal digits
record Marks(String home) {

    static final String HOME = "openlegion.home";
    static final String AGENT = "openlegion.agent";
    static final String START = "openlegion.start";
    static final String RUNTIME = "openlegion.runtime";

    /// What a container was given, so that a later mesh knows what to compare it with.
    static final String RESOURCES = "openlegion.resources";

    /// What a container was told to start instead of its image's own program.
    static final String COMMAND = "openlegion.command";

    /// The names of the variables that a container was given.
    static final String ENVIRONMENT = "openlegion.environment";

    /// Where a container reaches the mesh: host and port.
    static final String MESH = "openlegion.mesh";

    /// The marks of a home; its folder must exist.
    static Marks of(Path home) {
        try {
            byte[] path = home.toRealPath().toString().getBytes(StandardCharsets.UTF_8);
            return new Marks(HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(path)));
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }

    /// The network of the fleet.
    String network() {
        return "openlegion-" + brief();
    }

    /// The network's interface on the host; the kernel allows 15 characters.
    String bridge() {
        return "ol-" + brief();
    }

    /// The chain of the filter's rules.
    String chain() {
        return "OPENLEGION-" + brief();
    }

    /// An agent's container and its volume.
    String container(AgentId agent) {
        return network() + "-" + agent;
    }

    /// Whether this process may change what belongs to root, such as the filter or the owner of a volume.
    static boolean root() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid && uid == 0;
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }

    private String brief() {
        return home.substring(0, 8);
    }
}
