package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.WholeAnswer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;

/// `POST /mesh/api`: the mesh's own envelope, in which provider and budget failures are answers, not HTTP errors.
final class MeshDoor implements Door {

    @Override
    public CallRequest.Scan scan(byte[] body) {
        return CallRequest.scanEnvelope(body);
    }

    @Override
    public Dialect dialect() {
        return Dialect.OPENAI;
    }

    @Override
    public boolean streams(CallRequest request) {
        return false;
    }

    @Override
    public String action() {
        return "llm.chat";
    }

    @Override
    public void refuse(HttpServerResponse response, String requestId, Refusal refusal) {
        if (refusal.kind().isHttpOnMesh()) {
            Shapes.detail(response, refusal);
            return;
        }
        String budget = Shapes.budget(refusal);
        var _ = Shapes.head(response, refusal);
        var _ = response.setStatusCode(200)
                .end(Buffer.buffer("{\"success\":false,\"data\":" + (budget == null ? "null" : budget)
                        + ",\"error\":" + Json.encode(refusal.message())
                        + ",\"status_code\":" + refusal.status()
                        + ",\"error_type\":\"" + errorType(refusal) + "\"}"));
    }

    /// The word for a failure; a provider's own refusal is told apart by its status.
    static String errorType(Refusal refusal) {
        if (refusal.kind() == Refusal.Kind.PROVIDER_STATUS) {
            return switch (refusal.status()) {
                case 404 -> "model_not_found";
                case 429 -> "rate_limited";
                default -> "provider_error"; // open: any other status of a provider
            };
        }
        return refusal.kind().reason();
    }

    @Override
    public boolean retells(Dialect spoken) {
        return true;
    }

    @Override
    public byte[] answer(byte[] body, WholeAnswer answer, Receipt receipt, Dialect spoken) {
        var text = new StringBuilder(body.length)
                .append("{\"success\":true,\"data\":{\"content\":")
                .append(Json.encode(answer.said().text()))
                .append(",\"tool_calls\":");
        Shapes.toolCalls(text, answer.said().toolCalls());
        Shapes.receipt(text, receipt);
        text.append("},\"error\":null,\"status_code\":null,\"error_type\":null}");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public ClientStream stream(StreamOut out, AnswerReader reader, Dialect spoken, CallRequest request) {
        throw new IllegalStateException("this door does not stream");
    }
}
