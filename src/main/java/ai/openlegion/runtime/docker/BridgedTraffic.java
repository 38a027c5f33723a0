package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The kernel's switches that lead packets between two containers of one bridge through the filter: without them the
/// engine's rule against inter-container traffic stands and is never asked. Every method blocks.
final class BridgedTraffic {

    private static final Path KERNELS = Path.of("/proc/sys/net/bridge");
    private static final List<String> SWITCHES = List.of("bridge-nf-call-iptables", "bridge-nf-call-ip6tables");

    private final Path folder;

    BridgedTraffic() {
        this(KERNELS);
    }

    /// @param folder where the switches are
    BridgedTraffic(Path folder) {
        this.folder = folder;
    }

    /// Turns on what is off.
    ///
    /// @return whether anything was off
    /// @throws RuntimeFault where that is not allowed, or the kernel has no such switch
    boolean ensure() throws RuntimeFault {
        boolean changed = false;
        for (String name : SWITCHES) {
            Path file = folder.resolve(name);
            try {
                if (!isOn(file)) {
                    var _ = Files.writeString(file, "1\n");
                    if (!isOn(file)) {
                        throw new IOException("it stays off");
                    }
                    changed = true;
                }
            } catch (IOException refused) {
                throw Fault.missing("containers would reach each other, as " + file + " cannot be turned on ("
                        + Fault.words(refused.getClass().getSimpleName() + ": " + refused.getMessage())
                        + "): modprobe br_netfilter && sysctl -w net.bridge." + name + "=1, as root");
            }
        }
        return changed;
    }

    private static boolean isOn(Path file) throws IOException {
        return Files.readString(file).strip().equals("1");
    }
}
