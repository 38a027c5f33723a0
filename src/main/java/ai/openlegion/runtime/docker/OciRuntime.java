package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.RuntimeFault;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The OCI runtime that containers are started with: the engine's runc, or one with a kernel of its own.
final class OciRuntime {

    private static final String RUNC = "runc";
    private static final String KATA = "kata";

    /// What engines know Kata Containers by: registered as an OCI runtime, or as containerd's shim.
    private static final List<String> KATAS = List.of(KATA, "kata-runtime", "io.containerd.kata.v2");

    private static final Pattern SHIM = Pattern.compile("io\\.containerd\\.(\\w+)\\.(v\\d)");

    private final List<String> names;
    private final Predicate<String> installed;
    private volatile String name;
    private volatile boolean found;

    /// @param asked as [DockerSettings#ociRuntime]; `kata` stands for each of its names
    OciRuntime(@Nullable String asked) {
        this(asked, Command::isInstalled);
    }

    /// @param installed whether the host has a program
    OciRuntime(@Nullable String asked, Predicate<String> installed) {
        this.names = asked == null ? List.of(RUNC) : asked.equals(KATA) ? KATAS : List.of(asked);
        this.name = names.getFirst();
        this.installed = installed;
    }

    /// As the engine knows it; the first of its names until [#find] has been asked.
    String name() {
        return name;
    }

    /// As the mesh shows it.
    String shown() {
        return isRunc() ? "docker" : isKata() ? KATA : name;
    }

    Boundary boundary() {
        return isRunc() ? Boundary.SHARED_KERNEL : isKata() ? Boundary.HYPERVISOR : Boundary.USER_SPACE_KERNEL;
    }

    /// Whether which of its names the engine knows is still open.
    boolean isOpen() {
        return names.size() > 1 && !found;
    }

    /// Takes the name that the engine knows.
    ///
    /// @param info the engine's answer to `GET /info`
    /// @return whether it knows one
    boolean find(JsonObject info) {
        JsonObject known = Confinement.object(info, "Runtimes");
        for (String one : names) {
            if (known.containsKey(one) || isShim(one)) {
                name = one;
                found = true;
                return true;
            }
        }
        return false;
    }

    /// As [#find].
    ///
    /// @throws RuntimeFault where it knows none
    void require(JsonObject info) throws RuntimeFault {
        if (find(info)) {
            return;
        }
        throw Fault.missing("the Docker engine has no OCI runtime " + String.join(" or ", names)
                + ": install it and register it in /etc/docker/daemon.json");
    }

    private boolean isRunc() {
        return names.getFirst().equals(RUNC);
    }

    private boolean isKata() {
        return names.getFirst().contains(KATA);
    }

    /// Newer engines take the name of any of containerd's shims that is installed, and list none of them.
    private boolean isShim(String oci) {
        Matcher shim = SHIM.matcher(oci);
        return shim.matches() && installed.test("containerd-shim-" + shim.group(1) + "-" + shim.group(2));
    }
}
