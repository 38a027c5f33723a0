package ai.openlegion.bench;

import java.util.List;

/// One thing that answers chat calls: where it listens, what it wants to be told, and which process pays for it.
///
/// @param name as it stands in the report
/// @param jsonPort where plain calls go
/// @param ssePort where streamed calls go; mostly the same
/// @param headers `Name: value`, sent with each call
/// @param model the model's name in the body
/// @param pid the process whose CPU time counts
/// @param path where calls go: the door of a dialect
record Peer(String name, int jsonPort, int ssePort, List<String> headers, String model, long pid, String path) {

    static final String CHAT = "/v1/chat/completions";
    static final String MESSAGES = "/v1/messages";
    static final String RESPONSES = "/v1/responses";

    /// A peer that speaks Chat Completions.
    Peer(String name, int jsonPort, int ssePort, List<String> headers, String model, long pid) {
        this(name, jsonPort, ssePort, headers, model, pid, CHAT);
    }

    /// A peer that takes the call as it is.
    static Peer plain(String name, int port, long pid) {
        return new Peer(name, port, port, List.of("Authorization: Bearer canned"), "canned/small", pid);
    }

    String url(Shape shape) {
        return "http://127.0.0.1:" + (shape == Shape.STREAM ? ssePort : jsonPort) + path;
    }

    /// The two kinds of call: one JSON answer, or 64 deltas sent at once.
    enum Shape {
        JSON,
        STREAM
    }
}
