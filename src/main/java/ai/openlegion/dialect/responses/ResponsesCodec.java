package ai.openlegion.dialect.responses;

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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// OpenAI Responses.
public final class ResponsesCodec implements Codec {

    /// The only one there is.
    public static final ResponsesCodec INSTANCE = new ResponsesCodec();

    private ResponsesCodec() {}

    @Override
    public Dialect dialect() {
        return Dialect.RESPONSES;
    }

    @Override
    public String path() {
        return "/responses";
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
        return new ResponsesAnswerReader();
    }

    @Override
    public byte[] writeAnswer(Answer answer) {
        return AnswerWriter.write(answer);
    }

    @Override
    public StreamWriter writer(Out out, boolean figuresWanted) {
        return new ResponsesStreamWriter(out);
    }

    @Override
    public byte[] keepAlive(Standing standing) {
        return ResponsesEnds.keepAlive(standing);
    }

    @Override
    public byte[] cut(Standing standing, int choices, String reason, Fault fault) {
        return ResponsesEnds.cut(standing, reason, fault);
    }

    @Override
    public byte[] failure(Standing standing, Fault fault) {
        return ResponsesEnds.failure(standing, fault);
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
