package ai.openlegion.gateway;

import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.ChatAnswer;
import ai.openlegion.proxy.ChatStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// `POST /mesh/api/stream`: the mesh's own events, `text_delta` … then one `done` or one `error`.
final class MeshStreamDoor implements Door {

    private static final byte[] TEXT_HEAD = ascii("data: {\"type\":\"text_delta\",\"content\":\"");
    private static final byte[] TEXT_TAIL = ascii("\"}\n\n");

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public CallRequest.Scan scan(byte[] body) {
        return CallRequest.scanEnvelope(body);
    }

    @Override
    public boolean streams(CallRequest request) {
        return true;
    }

    @Override
    public String action() {
        return "llm.chat";
    }

    @Override
    public void refuse(HttpServerResponse response, Refusal refusal) {
        if (refusal.kind().isHttpOnMesh()) {
            Shapes.detail(response, refusal);
            return;
        }
        var _ = Shapes.head(response, refusal);
        var _ = response.setStatusCode(200)
                .putHeader("content-type", Shapes.EVENTS)
                .end(Buffer.buffer(failure(refusal)));
    }

    @Override
    public void answer(HttpServerResponse response, byte[] body, ChatAnswer answer, Receipt receipt) {
        throw new IllegalStateException("this door streams");
    }

    @Override
    public ChatStream.Sink sink(StreamOut out) {
        return new ChatStream.Sink() {
            @Override
            public void frame(byte[] bytes, int from, int to) {
                // only the text is told
            }

            @Override
            public void text(byte[] bytes, int from, int to) {
                out.append(TEXT_HEAD);
                out.append(bytes, from, to);
                out.append(TEXT_TAIL);
                out.appendText(bytes, from, to);
            }

            @Override
            public void other(byte[] bytes, int from, int to) {
                // not told; tool calls come with the closing event
            }
        };
    }

    @Override
    public boolean collects() {
        return true;
    }

    @Override
    public byte @Nullable [] closing(ChatStream stream, StreamOut out, Receipt receipt) {
        var text = new StringBuilder(256)
                .append("data: {\"type\":\"done\",\"content\":\"")
                .append(out.text())
                .append("\",\"tool_calls\":");
        Shapes.toolCalls(text, stream.toolCalls());
        Shapes.receipt(text, receipt);
        return text.append("}\n\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] cut(ChatStream stream, int choices, Refusal refusal) {
        return failure(refusal);
    }

    @Override
    public byte[] failure(Refusal refusal) {
        String budget = Shapes.budget(refusal);
        return ("data: {\"type\":\"error\",\"error\":" + Json.encode(refusal.message())
                        + ",\"error_type\":\"" + MeshDoor.errorType(refusal) + "\""
                        + ",\"status_code\":" + refusal.status()
                        + (budget == null ? "" : ",\"data\":" + budget)
                        + "}\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }
}
