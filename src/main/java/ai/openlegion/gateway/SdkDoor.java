package ai.openlegion.gateway;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Codec;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.Codecs;
import ai.openlegion.proxy.WholeAnswer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A door at which unmodified clients of a vendor speak its dialect. A provider that speaks it too is passed on as it
/// is; any other is told in the client's words.
final class SdkDoor implements Door {

    /// `POST /v1/chat/completions`.
    static final SdkDoor CHAT = new SdkDoor(Dialect.OPENAI, "llm.chat", CallRequest::scan);

    /// `POST /v1/messages`.
    static final SdkDoor MESSAGES = new SdkDoor(Dialect.ANTHROPIC, "llm.chat", CallRequest::scanMessages);

    /// `POST /v1/messages/count_tokens`: the same words, but nothing is generated.
    static final SdkDoor COUNT = new SdkDoor(Dialect.ANTHROPIC, "llm.count_tokens", CallRequest::scanMessages);

    /// `POST /v1/responses`.
    static final SdkDoor RESPONSES = new SdkDoor(Dialect.RESPONSES, "llm.chat", CallRequest::scanResponses);

    private final Codec codec;
    private final String action;
    private final Function<byte[], CallRequest.Scan> scanner;

    private SdkDoor(Dialect dialect, String action, Function<byte[], CallRequest.Scan> scanner) {
        codec = Codecs.of(dialect);
        this.action = action;
        this.scanner = scanner;
    }

    @Override
    public CallRequest.Scan scan(byte[] body) {
        return scanner.apply(body);
    }

    @Override
    public Dialect dialect() {
        return codec.dialect();
    }

    @Override
    public boolean streams(CallRequest request) {
        return request.stream();
    }

    @Override
    public String action() {
        return action;
    }

    @Override
    public void refuse(HttpServerResponse response, String requestId, Refusal refusal) {
        var _ = Shapes.head(response, refusal);
        if (dialect() == Dialect.ANTHROPIC && !response.headers().contains("request-id")) {
            response.putHeader("request-id", requestId); // where this vendor's clients look for it
        }
        Refusal.UpstreamError upstream = refusal.upstream();
        // an error inside of an answer has no document of its own
        byte[] body = upstream != null && upstream.body().length > 0 && upstream.spoken() == dialect()
                ? upstream.body()
                : codec.writeError(refusal.fault(), requestId);
        var _ = response.end(Buffer.buffer(body));
    }

    @Override
    public boolean retells(Dialect spoken) {
        return spoken != dialect();
    }

    @Override
    public byte[] answer(byte[] body, WholeAnswer answer, Receipt receipt, Dialect spoken) {
        return retells(spoken) ? codec.writeAnswer(answer.said()) : body;
    }

    @Override
    public ClientStream stream(StreamOut out, AnswerReader reader, Dialect spoken, CallRequest request) {
        return retells(spoken)
                ? new Translated(codec, codec.writer(out, request.includeUsage()))
                : new Verbatim(codec, reader, out);
    }

    /// What both ways share: the ends that the mesh itself gives a stream, in the client's words.
    private abstract static class Told implements ClientStream {

        final Codec codec;

        Told(Codec codec) {
            this.codec = codec;
        }

        abstract Standing standing();

        @Override
        public byte @Nullable [] closing(Receipt receipt) {
            return null;
        }

        @Override
        public byte[] cut(int choices, long tokens, Refusal refusal) {
            return codec.cut(countedTo(tokens), choices, refusal.kind().reason(), refusal.fault());
        }

        @Override
        public byte[] failure(long tokens, Refusal refusal) {
            return codec.failure(countedTo(tokens), refusal.fault());
        }

        /// A provider tells its figures last of all; a stream that ends before has at least what was counted.
        private Standing countedTo(long tokens) {
            Standing standing = standing();
            if (standing.usage.outputTokens() < tokens) {
                standing.usage = standing.usage.withOutput(tokens);
            }
            return standing;
        }

        @Override
        public byte[] keepAlive() {
            return codec.keepAlive(standing());
        }
    }

    /// Frames as the provider sent them.
    private static final class Verbatim extends Told {

        private final AnswerReader reader;
        private final StreamOut out;

        Verbatim(Codec codec, AnswerReader reader, StreamOut out) {
            super(codec);
            this.reader = reader;
            this.out = out;
        }

        @Override
        Standing standing() {
            return reader.standing();
        }

        @Override
        public void frame(byte[] bytes, int from, int to) {
            out.append(bytes, from, to);
        }

        @Override
        public void on(AnswerEvent event) {
            // already in the frame
        }
    }

    /// What the provider says, in the client's words.
    private static final class Translated extends Told {

        private final StreamWriter writer;

        Translated(Codec codec, StreamWriter writer) {
            super(codec);
            this.writer = writer;
        }

        @Override
        Standing standing() {
            return writer.standing();
        }

        @Override
        public void frame(byte[] bytes, int from, int to) {
            // told event by event
        }

        @Override
        public void on(AnswerEvent event) {
            writer.on(event);
        }
    }
}
