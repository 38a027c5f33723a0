package ai.openlegion.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// A loopback port for what must be known before anybody listens there.
///
/// It lies below those that the kernel hands out by itself: one of those can be another socket's by the time it is
/// used.
public final class FreePort {

    private static final int FIRST = 20_000;
    private static final int LAST = 32_000;
    private static final int TRIES = 100;

    private FreePort() {}

    /// One where nobody listens now.
    public static int find() throws IOException {
        IOException taken = new IOException("no port was tried");
        for (int tries = 0; tries < TRIES; tries++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (IOException busy) {
                taken = busy;
            }
        }
        throw taken;
    }
}
