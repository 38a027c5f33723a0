package ai.openlegion.dialect.chat;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Codec;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.OpenAiErrors;
import ai.openlegion.dialect.Out;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.dialect.Untranslatable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Chat Completions: what its requests, answers and errors mean, and how to say the same in its words.
public final class ChatCodec implements Codec {

    /// The only one.
    public static final ChatCodec INSTANCE = new ChatCodec();

    private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

    private ChatCodec() {}

    @Override
    public Dialect dialect() {
        return Dialect.OPENAI;
    }

    @Override
    public String path() {
        return "/chat/completions";
    }

    @Override
    public Prompt readPrompt(Map<String, @Nullable Object> body) throws Untranslatable {
        return ChatPromptReader.read(body);
    }

    @Override
    public Map<String, @Nullable Object> writePrompt(Prompt prompt, String model, boolean stream)
            throws Untranslatable {
        return ChatPromptWriter.write(prompt, model, stream);
    }

    @Override
    public AnswerReader reader(boolean figuresWanted) {
        return new ChatAnswerReader(figuresWanted);
    }

    @Override
    public byte[] writeAnswer(Answer answer) {
        return ChatAnswerWriter.write(answer);
    }

    @Override
    public StreamWriter writer(Out out, boolean figuresWanted) {
        return new ChatStreamWriter(out, figuresWanted);
    }

    @Override
    public byte[] keepAlive(Standing standing) {
        return KEEP_ALIVE.clone();
    }

    @Override
    public byte[] cut(Standing standing, int choices, String reason, Fault fault) {
        return ChatErrors.cut(standing, choices, reason, fault);
    }

    @Override
    public byte[] failure(Standing standing, Fault fault) {
        return ChatErrors.failure(fault);
    }

    @Override
    public Fault readError(int status, byte[] body) {
        return OpenAiErrors.read(status, body);
    }

    @Override
    public byte[] writeError(Fault fault, String requestId) {
        return OpenAiErrors.write(fault);
    }
}
