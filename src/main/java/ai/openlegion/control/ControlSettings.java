package ai.openlegion.control;

import java.time.Duration;

/// Where the operator's listener stands and what bounds it.
///
/// @param port 0 takes a free one
/// @param bodyBytes of a request; more is 413. No operator's request needs more than a line
/// @param headerBytes of a request's head; more is 431
/// @param connections open at once, half of them without the operator's token or a signature
/// @param head that a request's head may take, and a new connection until it has shown a token or a signature
/// @param slow that a client may leave a full write buffer unread
/// @param eventStreams of one kind open at once; a further one is 503
/// @param runWatchers who follow runs at once, all runs together; a further one is 503
/// @param idle from the last request of a connection to its end
/// @param keepAlive of silence on an event stream after which it gets a comment
/// @param chats with agents that run at once
/// @param chatBytes of an agent's answer
/// @param chatUnread bytes of it that the operator's client may leave unread before the agent is made to wait
/// @param chatSilence of an agent that ends a chat
/// @param chatTotal how long a chat may take
public record ControlSettings(
        String host,
        int port,
        int bodyBytes,
        int headerBytes,
        int connections,
        Duration head,
        Duration slow,
        int eventStreams,
        int runWatchers,
        Duration idle,
        Duration keepAlive,
        int chats,
        int chatBytes,
        int chatUnread,
        Duration chatSilence,
        Duration chatTotal) {

    /// The usual bounds at an address.
    public static ControlSettings at(String host, int port) {
        return new ControlSettings(
                host,
                port,
                64 * 1024,
                16 * 1024,
                256,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                64,
                2_000,
                Duration.ofSeconds(300),
                Duration.ofSeconds(15),
                64,
                4 * 1024 * 1024,
                64 * 1024,
                Duration.ofSeconds(280),
                Duration.ofHours(1));
    }

    /// The same with the bounds that both listeners share.
    ///
    /// @param silent before an answer is given up that has begun, or should have
    public ControlSettings within(
            int headers,
            int connected,
            Duration headTime,
            Duration slowTime,
            Duration idleTime,
            Duration keepAliveTime,
            Duration silent) {
        return new ControlSettings(
                host,
                port,
                bodyBytes,
                headers,
                connected,
                headTime,
                slowTime,
                eventStreams,
                runWatchers,
                idleTime,
                keepAliveTime,
                chats,
                chatBytes,
                chatUnread,
                silent,
                chatTotal);
    }
}
