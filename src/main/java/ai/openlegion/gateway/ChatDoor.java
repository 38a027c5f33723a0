package ai.openlegion.gateway;

import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.ChatAnswer;
import ai.openlegion.proxy.ChatStream;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// `POST /v1/chat/completions`: the OpenAI dialect, whose answers pass through as they come.
final class ChatDoor implements Door {

    @Override
    public CallRequest.Scan scan(byte[] body) {
        return CallRequest.scan(body);
    }

    @Override
    public boolean streams(CallRequest request) {
        return request.stream();
    }

    @Override
    public String action() {
        return "llm.chat";
    }

    @Override
    public void refuse(HttpServerResponse response, Refusal refusal) {
        var _ = Shapes.head(response, refusal);
        Refusal.UpstreamError upstream = refusal.upstream();
        if (upstream != null) {
            var _ = response.putHeader("content-type", upstream.contentType()).end(Buffer.buffer(upstream.body()));
            return;
        }
        String error = Shapes.openAiError(refusal, refusal.kind().type, refusal.kind().code);
        var _ = response.end(Buffer.buffer("{\"error\":" + error + "}"));
    }

    @Override
    public void answer(HttpServerResponse response, byte[] body, ChatAnswer answer, Receipt receipt) {
        var _ = response.end(BufferInternal.buffer(Unpooled.wrappedBuffer(body)));
    }

    @Override
    public ChatStream.Sink sink(StreamOut out) {
        return new ChatStream.Sink() {
            @Override
            public void frame(byte[] bytes, int from, int to) {
                out.append(bytes, from, to);
            }

            @Override
            public void text(byte[] bytes, int from, int to) {
                // already in the frame
            }

            @Override
            public void other(byte[] bytes, int from, int to) {
                // already in the frame
            }
        };
    }

    @Override
    public boolean collects() {
        return false;
    }

    @Override
    public byte @Nullable [] closing(ChatStream stream, StreamOut out, Receipt receipt) {
        return null;
    }

    @Override
    public byte[] cut(ChatStream stream, int choices, Refusal refusal) {
        return stream.cut(choices, Shapes.openAiError(refusal, refusal.kind().reason(), refusal.kind().code));
    }

    /// An error frame and no `[DONE]`: SDKs raise on it, and nothing takes the answer for whole.
    @Override
    public byte[] failure(Refusal refusal) {
        String error = Shapes.openAiError(refusal, refusal.kind().type, refusal.kind().code);
        return ("data: {\"error\":" + error + "}\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
