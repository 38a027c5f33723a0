package ai.openlegion.gateway;

import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.ChatAnswer;
import ai.openlegion.proxy.ChatStream;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/// A client's dialect: how its requests are read, and how answers, refusals and cuts look to it.
///
/// Doors are stateless; what belongs to one call is in [Call].
sealed interface Door permits ChatDoor, MeshDoor, MeshStreamDoor {

    /// What an answer cost, for the doors that say so in the answer.
    record Receipt(String model, long inputTokens, long outputTokens, long costPico) {}

    CallRequest.Scan scan(byte[] body);

    /// Whether the answer is streamed.
    boolean streams(CallRequest request);

    /// What the audit calls the act.
    String action();

    /// Ends a response that has not begun with a refusal.
    void refuse(HttpServerResponse response, Refusal refusal);

    /// Ends a response that has not begun with a provider's whole answer.
    void answer(HttpServerResponse response, byte[] body, ChatAnswer answer, Receipt receipt);

    /// Where a stream's frames are written in this door's words.
    ChatStream.Sink sink(StreamOut out);

    /// Whether the mesh keeps text and tool calls of a stream for a closing event of its own.
    boolean collects();

    /// What follows a stream's last frame; null for nothing.
    byte @Nullable [] closing(ChatStream stream, StreamOut out, Receipt receipt);

    /// The well-formed, final end of a stream that the mesh cuts.
    byte[] cut(ChatStream stream, int choices, Refusal refusal);

    /// The end of a stream whose provider failed it.
    byte[] failure(Refusal refusal);
}
