package ai.openlegion.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/// An agent that answers each request with whatever bytes a test wants, at whatever pace, and keeps what it was sent.
final class AgentDouble implements AutoCloseable {

    final Queue<String> requests = new ConcurrentLinkedQueue<>();
    final AtomicLong written = new AtomicLong();
    final CountDownLatch left = new CountDownLatch(1);

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private volatile Script script = (out, in) -> {};

    /// What an agent does once it has read a request.
    interface Script {
        void answer(OutputStream out, InputStream in) throws IOException, InterruptedException;
    }

    AgentDouble() throws IOException {
        Thread.ofVirtual().start(this::accept);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    void does(Script next) {
        script = next;
    }

    /// Answers with these bytes and closes.
    void says(String bytes) {
        script = (out, in) -> out.write(bytes.getBytes(UTF_8));
    }

    void json(int status, String body) {
        says("HTTP/1.1 " + status + " x\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(UTF_8).length + "\r\n\r\n" + body);
    }

    static byte[] streamHead() {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n".getBytes(UTF_8);
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            StringBuilder request = new StringBuilder();
            int length = 0;
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                request.append(line).append('\n');
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(
                            line.substring(line.indexOf(':') + 1).strip());
                }
            }
            for (int read = 0; read < length; read++) {
                request.append((char) in.read());
            }
            requests.add(request.toString());
            script.answer(new Counting(socket.getOutputStream()), socket.getInputStream());
        } catch (IOException | InterruptedException gone) {
            left.countDown();
        }
    }

    /// Waits until the mesh has left.
    void waitForTheEnd(InputStream in) throws IOException {
        try {
            while (in.read() >= 0) {
                // nothing more is expected
            }
        } finally {
            left.countDown();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    /// Counts what the other side has taken.
    private final class Counting extends OutputStream {
        private final OutputStream out;

        Counting(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
            out.flush();
            written.addAndGet(length);
        }
    }
}
