package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Collector;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.WholeAnswer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;

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
    public Dialect dialect() {
        return Dialect.OPENAI;
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
    public void refuse(HttpServerResponse response, String requestId, Refusal refusal) {
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
    public boolean retells(Dialect spoken) {
        return true;
    }

    @Override
    public byte[] answer(byte[] body, WholeAnswer answer, Receipt receipt, Dialect spoken) {
        throw new IllegalStateException("this door streams");
    }

    private static byte[] failure(Refusal refusal) {
        String budget = Shapes.budget(refusal);
        return ("data: {\"type\":\"error\",\"error\":" + Json.encode(refusal.message())
                        + ",\"error_type\":\"" + MeshDoor.errorType(refusal) + "\""
                        + ",\"status_code\":" + refusal.status()
                        + (budget == null ? "" : ",\"data\":" + budget)
                        + "}\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public ClientStream stream(StreamOut out, AnswerReader reader, Dialect spoken, CallRequest request) {
        return new Told(out);
    }

    /// The first choice's text as it comes; the tool calls with the closing event.
    private static final class Told implements ClientStream {

        private static final byte[] KEEP_ALIVE = ascii(": keep-alive\n\n");

        private final StreamOut out;
        private final Collector calls = new Collector();

        Told(StreamOut out) {
            this.out = out;
        }

        @Override
        public void frame(byte[] bytes, int from, int to) {
            // only what it says is told
        }

        @Override
        public void on(AnswerEvent event) {
            if (event instanceof AnswerEvent.Delta delta) {
                switch (delta.kind()) {
                    case TEXT -> {
                        if (delta.choice() == 0) {
                            out.append(TEXT_HEAD);
                            out.append(delta.bytes(), delta.from(), delta.to());
                            out.append(TEXT_TAIL);
                            out.appendText(delta.bytes(), delta.from(), delta.to());
                        }
                    }
                    case ARGUMENTS -> calls.on(delta);
                    case REFUSAL, REASONING -> {}
                }
            } else if (event instanceof AnswerEvent.ToolCalled called) {
                calls.on(called);
            }
        }

        @Override
        public byte[] closing(Receipt receipt) {
            var text = new StringBuilder(256)
                    .append("data: {\"type\":\"done\",\"content\":\"")
                    .append(out.text())
                    .append("\",\"tool_calls\":");
            Shapes.toolCalls(text, calls.answer().toolCalls());
            Shapes.receipt(text, receipt);
            return text.append("}\n\n").toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] cut(int choices, long tokens, Refusal refusal) {
            return MeshStreamDoor.failure(refusal);
        }

        @Override
        public byte[] failure(long tokens, Refusal refusal) {
            return MeshStreamDoor.failure(refusal);
        }

        @Override
        public byte[] keepAlive() {
            return KEEP_ALIVE;
        }
    }
}
