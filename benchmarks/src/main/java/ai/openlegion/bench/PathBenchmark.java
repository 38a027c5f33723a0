package ai.openlegion.bench;

import ai.openlegion.dialect.AnswerEvent;
import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Caller;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.proxy.AnswerStream;
import ai.openlegion.proxy.BodyRewrite;
import ai.openlegion.proxy.CallRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The steps of a call that are pure computation, each alone: where the time between the sockets goes.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PathBenchmark {
    private static final int AGENTS = 200;
    private static final String TOKEN = "ol_" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

    private final byte[] body = body();
    private final List<ByteBuf> chunks = new ArrayList<>();
    private TokenTable tokens = TokenTable.of(new HashMap<>());
    private long handedOn;

    /// 200 agents; the canned stream cut into its HTTP chunks.
    @Setup
    public void prepare() {
        var byAgent = new HashMap<AgentId, String>();
        for (int i = 0; i < AGENTS; i++) {
            byAgent.put(AgentId.parse("agent-" + i).orElseThrow(), i == 7 ? TOKEN : TOKEN + i);
        }
        tokens = TokenTable.of(byAgent);
        String stream = new String(CannedAnswers.stream(), StandardCharsets.US_ASCII);
        for (String frame : stream.substring(stream.indexOf("data:")).split("(?<=\n\n)")) {
            int from = frame.indexOf("data:");
            if (from >= 0) {
                chunks.add(Unpooled.wrappedBuffer(frame.substring(from).getBytes(StandardCharsets.US_ASCII)));
            }
        }
    }

    /// Whose token is this.
    @Benchmark
    public @Nullable Caller authenticate() {
        return tokens.find(TOKEN);
    }

    /// The strict pass over a 1.1 KB request.
    @Benchmark
    public CallRequest.Scan scan() {
        return CallRequest.scan(body);
    }

    /// The same, and the body for the provider with the model's name replaced.
    @Benchmark
    public Buffer scanAndRewrite() {
        return switch (CallRequest.scan(body)) {
            case CallRequest.Scan.Valid valid ->
                BodyRewrite.upstreamBody(valid.request(), "small", 256, "max_tokens", false);
            case CallRequest.Scan.Malformed malformed -> throw new IllegalStateException(malformed.toString());
        };
    }

    /// A whole answer of 64 deltas, chunk by chunk.
    @Benchmark
    public long meterStream() {
        var stream = new AnswerStream(
                new AnswerStream.Sink() {
                    @Override
                    public void frame(byte[] bytes, int from, int to) {
                        handedOn += to - from;
                    }

                    @Override
                    public void on(AnswerEvent event) {}
                },
                ChatCodec.INSTANCE.reader(false),
                256);
        for (ByteBuf chunk : chunks) {
            stream.feed(chunk);
        }
        if (stream.state() != AnswerStream.State.COMPLETE || stream.lowerBound() != CannedAnswers.DELTAS) {
            throw new IllegalStateException(stream.state() + " after " + stream.lowerBound() + " deltas");
        }
        return handedOn;
    }

    private static byte[] body() {
        String system = "You are a careful research assistant. Answer from the notes below and say which you used. ";
        String user = "Summarise note seven in two sentences, please. ";
        return ("{\"model\":\"canned/small\",\"max_tokens\":256,\"temperature\":0.2,\"messages\":["
                        + "{\"role\":\"system\",\"content\":\"" + system.repeat(5) + "\"},"
                        + "{\"role\":\"user\",\"content\":\"" + user.repeat(9) + "\"}]}")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
