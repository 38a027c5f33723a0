package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.WholeAnswer;
import io.vertx.core.http.HttpServerResponse;

/// A client's way in: how its requests are read, and how answers, refusals and cuts look to it.
///
/// Doors are stateless; what belongs to one call is in [Call].
sealed interface Door permits SdkDoor, MeshDoor, MeshStreamDoor, EmbedDoor {

    /// What an answer cost, for the doors that say so in the answer.
    record Receipt(String model, long inputTokens, long outputTokens, long costPico) {}

    CallRequest.Scan scan(byte[] body);

    /// The dialect in which its requests are written.
    Dialect dialect();

    /// Whether the answer is streamed.
    boolean streams(CallRequest request);

    /// What the audit calls the act.
    String action();

    /// Ends a response that has not begun with a refusal.
    ///
    /// @param requestId what the response's headers say the request's id is
    void refuse(HttpServerResponse response, String requestId, Refusal refusal);

    /// Whether a whole answer is told in words that are not the provider's.
    boolean retells(Dialect spoken);

    /// What the client is told of a provider's whole answer, as JSON.
    byte[] answer(byte[] body, WholeAnswer answer, Receipt receipt, Dialect spoken);

    /// How a streamed answer is told.
    ///
    /// @param reader reads the provider's frames
    /// @param spoken the provider's dialect
    ClientStream stream(StreamOut out, AnswerReader reader, Dialect spoken, CallRequest request);
}
