package ai.openlegion.bench;

import java.io.IOException;
import java.util.List;

/// The product's simulated provider as a process of its own: the upstream that counts what it generated.
final class Simulator {
    private Simulator() {}

    /// Starts it and returns its port.
    static int start(Rig rig) throws IOException, InterruptedException {
        int port = Children.freePort();
        String launcher = rig.root().resolve("openlegion").toString();
        rig.children().serve("simulator", List.of(launcher, "simulate", "--port", "" + port), port);
        return port;
    }
}
