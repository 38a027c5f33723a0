package ai.openlegion.gateway;

import ai.openlegion.budget.Usd;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.gateway.ServiceEnvelope.Reading;
import ai.openlegion.json.PlainJson;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.EmbeddingsAnswer;
import ai.openlegion.proxy.WholeAnswer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The two ways to turn texts into vectors: `POST /v1/embeddings`, passed on as it is, and the action `embed` of
/// `POST /mesh/api`.
final class EmbedDoor implements Door {

    /// `POST /v1/embeddings`.
    static final EmbedDoor SDK = new EmbedDoor(false);

    /// `POST /mesh/api` with the action `embed`.
    static final EmbedDoor MESH = new EmbedDoor(true);

    private final boolean enveloped;

    private EmbedDoor(boolean enveloped) {
        this.enveloped = enveloped;
    }

    @Override
    public CallRequest.Scan scan(byte[] body) {
        if (!enveloped) {
            return CallRequest.scanEmbeddings(body);
        }
        return switch (ServiceEnvelope.read(body)) {
            case Reading.Wrong(Refusal refusal) ->
                new CallRequest.Scan.Malformed(refusal.status(), refusal.message(), refusal.param());
            case Reading.Whole(ServiceEnvelope envelope) -> scan(envelope);
        };
    }

    /// The same request in the provider's words: `{model, text}` is `{model, input}`.
    private static CallRequest.Scan scan(ServiceEnvelope envelope) {
        Map<String, @Nullable Object> params =
                PlainJson.readObject(new String(envelope.params(), StandardCharsets.UTF_8));
        for (String name : new String[] {"model", "text"}) {
            if (!(params.get(name) instanceof String)) {
                String param = "params." + name;
                return new CallRequest.Scan.Malformed(422, param + " is required: a string", param);
            }
        }
        String request = "{\"model\":" + Json.encode(params.get("model")) + ",\"input\":"
                + Json.encode(params.get("text")) + "}";
        CallRequest.Scan scan = CallRequest.scanEmbeddings(request.getBytes(StandardCharsets.UTF_8));
        if (scan instanceof CallRequest.Scan.Valid(CallRequest valid)) {
            valid.cameIn(envelope.service(), envelope.action(), envelope.agentId(), envelope.timeoutMillis());
        }
        return scan;
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
        return "llm.embed";
    }

    @Override
    public void refuse(HttpServerResponse response, String requestId, Refusal refusal) {
        (enveloped ? AgentRoutes.MESH : SdkDoor.CHAT).refuse(response, requestId, refusal);
    }

    /// What the client is told of a provider's vectors, as JSON.
    byte[] answer(byte[] body, EmbeddingsAnswer answer, Receipt receipt) {
        if (!enveloped) {
            return body;
        }
        byte[] vector = answer.first();
        return Buffer.buffer(vector.length + 240)
                .appendString("{\"success\":true,\"data\":{\"embedding\":")
                .appendBytes(vector)
                .appendString(",\"input_tokens\":" + receipt.inputTokens()
                        + ",\"model\":" + Json.encode(receipt.model())
                        + ",\"cost_usd\":" + Usd.decimal(receipt.costPico())
                        + "},\"error\":null,\"status_code\":null,\"error_type\":null}")
                .getBytes();
    }

    @Override
    public boolean retells(Dialect spoken) {
        return false;
    }

    @Override
    public byte[] answer(byte[] body, WholeAnswer answer, Receipt receipt, Dialect spoken) {
        throw new IllegalStateException("vectors are no conversation");
    }

    @Override
    public ClientStream stream(StreamOut out, AnswerReader reader, Dialect spoken, CallRequest request) {
        throw new IllegalStateException("this door does not stream");
    }
}
