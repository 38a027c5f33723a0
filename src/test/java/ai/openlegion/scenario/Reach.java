package ai.openlegion.scenario;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.stream.Stream;

/// Who can be reached over this host's networks.
final class Reach {

    private Reach() {}

    /// Whether somebody takes connections at `host:port`.
    static boolean opens(String place) {
        String[] parts = place.split(":");
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), 2_000);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    /// How many connections wait here.
    static int accepts(ServerSocket decoy) throws IOException {
        int accepted = 0;
        while (true) {
            try {
                decoy.accept().close();
                accepted++;
            } catch (SocketTimeoutException nobody) {
                return accepted;
            }
        }
    }

    /// Of this host, IPv4, but for loopback.
    static Stream<String> addresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(InetAddress::getHostAddress);
    }
}
