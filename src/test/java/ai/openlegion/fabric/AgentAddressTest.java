package ai.openlegion.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The listener at an address of an agents' network: one agent cannot take the connections of all.
final class AgentAddressTest {

    private static final String NETWORK = "127.0.0.2";

    @Test
    void one_address_of_an_agents_network_gets_its_share_of_the_connections(@TempDir Path folder) throws Exception {
        FabricRig rig = new FabricRig(folder);
        List<Socket> open = new ArrayList<>();
        try {
            var _ = rig.shared.more().listen(NETWORK).await(30, TimeUnit.SECONDS);
            int port = rig.shared.port().get();
            for (int i = 0; i < 256; i++) {
                open.add(connect("127.0.0.9", NETWORK, port));
                // a connection counts from its first bytes on
                assertThat(isServed(open.getLast())).as("within its share").isTrue();
            }

            try (Socket tooMany = connect("127.0.0.9", NETWORK, port);
                    Socket other = connect("127.0.0.10", NETWORK, port);
                    Socket own = connect("127.0.0.9", "127.0.0.1", port)) {
                assertThat(isServed(tooMany)).as("one more").isFalse();
                assertThat(isServed(other)).as("another agent").isTrue();
                assertThat(isServed(own)).as("the listener's own address").isTrue();
            }
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
            rig.close();
        }
    }

    private static Socket connect(String from, String to, int port) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(to, port), 10_000);
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static boolean isServed(Socket socket) {
        try {
            socket.getOutputStream()
                    .write("GET /mesh/health HTTP/1.1\r\nHost: mesh\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == 'H';
        } catch (IOException closed) {
            return false;
        }
    }
}
