package ai.openlegion.gateway;

import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.proxy.WholeAnswer;
import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What a whole answer of about 1.1 KB costs between its arrival and its leaving: read for its figures, and searched
/// for
/// credentials.
///
/// It stands in the gateway's package because the search of an answer is the gateway's affair.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AnswerBenchmark {
    private static final String WORDS =
            "The mesh is the only way out, so what an agent may spend is decided where the money leaves. ";

    private final Vault vault =
            Vault.of(Map.of("canned_api_key", Secret.of("sk-canned-0123456789abcdefghijklmnopqrstuvwxyz")));

    /// Whether its text has line breaks, which JSON escapes.
    @Param({"false", "true"})
    public boolean escaped;

    private byte[] body = {};

    /// Makes the answer.
    @Setup
    public void prepare() {
        String words = WORDS.repeat(5).strip();
        body = """
                {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,\
                "model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"%s",\
                "refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],\
                "usage":{"prompt_tokens":212,"completion_tokens":64,"total_tokens":276,\
                "prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
                "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\
                "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},\
                "service_tier":"default","system_fingerprint":"fp_72ed7ab54c"}""".formatted(escaped ? words.replace(". ", ".\\n") : words).getBytes(StandardCharsets.US_ASCII);
    }

    /// Read for its figures alone.
    @Benchmark
    public long read() throws IOException {
        return WholeAnswer.read(body, ChatCodec.INSTANCE.reader(true), false, _ -> {})
                .lowerBound();
    }

    /// Read and searched.
    @Benchmark
    public boolean readAndSearch() throws IOException {
        var check = new LeakCheck(vault);
        return WholeAnswer.read(body, ChatCodec.INSTANCE.reader(true), false, check)
                        .isAnswer()
                && check.finds(body);
    }
}
