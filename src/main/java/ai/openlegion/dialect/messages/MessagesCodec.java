package ai.openlegion.dialect.messages;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.AnswerReader;
import ai.openlegion.dialect.Codec;
import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Out;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StreamWriter;
import ai.openlegion.dialect.Untranslatable;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The codec of Anthropic Messages.
public final class MessagesCodec implements Codec {

    /// The codec; it has no state.
    public static final MessagesCodec INSTANCE = new MessagesCodec();

    private static final byte[] PING = Json.utf8("event: ping\ndata: {\"type\": \"ping\"}\n\n");

    private MessagesCodec() {}

    @Override
    public Dialect dialect() {
        return Dialect.ANTHROPIC;
    }

    @Override
    public String path() {
        return "/messages";
    }

    @Override
    public Prompt readPrompt(Map<String, @Nullable Object> body) throws Untranslatable {
        return PromptReader.read(body);
    }

    @Override
    public Map<String, @Nullable Object> writePrompt(Prompt prompt, String model, boolean stream)
            throws Untranslatable {
        return PromptWriter.write(prompt, model, stream);
    }

    @Override
    public AnswerReader reader(boolean figuresWanted) {
        return reader(figuresWanted, Set.of());
    }

    @Override
    public AnswerReader reader(boolean figuresWanted, Set<String> freeform) {
        return new MessagesAnswerReader(freeform); // figures are part of every stream of this dialect
    }

    @Override
    public byte[] writeAnswer(Answer answer) {
        return MessagesAnswerWriter.write(answer);
    }

    @Override
    public StreamWriter writer(Out out, boolean figuresWanted) {
        return new MessagesStreamWriter(out); // figures are part of every stream of this dialect
    }

    @Override
    public byte[] keepAlive(Standing standing) {
        return PING.clone();
    }

    @Override
    public byte[] cut(Standing standing, int choices, String reason, Fault fault) {
        return MessagesEnds.cut(standing, reason, fault);
    }

    @Override
    public byte[] failure(Standing standing, Fault fault) {
        return MessagesEnds.failure(fault);
    }

    @Override
    public Fault readError(int status, byte[] body) {
        return MessagesErrors.read(status, body);
    }

    @Override
    public byte[] writeError(Fault fault, String requestId) {
        return MessagesErrors.write(fault, requestId);
    }
}
