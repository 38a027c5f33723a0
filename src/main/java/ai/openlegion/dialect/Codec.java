package ai.openlegion.dialect;

import ai.openlegion.catalogue.Dialect;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Everything that is particular to one dialect. Stateless; what belongs to one answer is in its reader and writer.
public interface Codec {

    /// Whose words these are.
    Dialect dialect();

    /// What is appended to a provider's base URL to ask for an answer, such as `/chat/completions`.
    String path();

    /// What a request of a client means.
    ///
    /// @param body the request, as [ai.openlegion.json.PlainJson] reads it; it has passed the strict scan
    /// @throws Untranslatable where it holds what the middle has no place for
    Prompt readPrompt(Map<String, @Nullable Object> body) throws Untranslatable;

    /// A provider's request with this meaning, in members that may still be changed.
    ///
    /// The maximum of output tokens is not in it: the caller puts it under the provider's own name.
    ///
    /// @param model the model's name at the provider
    /// @param stream whether the answer is streamed, with its figures at the end
    /// @throws Untranslatable where the dialect has no words for a part of it
    Map<String, @Nullable Object> writePrompt(Prompt prompt, String model, boolean stream) throws Untranslatable;

    /// A reader for one answer.
    ///
    /// @param figuresWanted whether the client asked for the figures of a stream
    AnswerReader reader(boolean figuresWanted);

    /// A reader for one answer to a request that [#writePrompt] wrote.
    ///
    /// @param figuresWanted whether the client asked for the figures of a stream
    /// @param freeform the names of the prompt's freeform tools, which a dialect without them says in its own way
    default AnswerReader reader(boolean figuresWanted, Set<String> freeform) {
        return reader(figuresWanted);
    }

    /// A whole answer in this dialect, as JSON.
    byte[] writeAnswer(Answer answer);

    /// A writer for one streamed answer.
    ///
    /// @param figuresWanted whether the client asked for the figures
    StreamWriter writer(Out out, boolean figuresWanted);

    /// What keeps a waiting client's connection alive, at this point of a stream.
    byte[] keepAlive(Standing standing);

    /// The well-formed, final end of a stream that the mesh cuts (`gateway.md`, Streaming).
    ///
    /// @param choices how many answers were asked for
    /// @param reason `budget_exceeded`, `agent_revoked` or `shutdown`
    byte[] cut(Standing standing, int choices, String reason, Fault fault);

    /// The end of a stream that its provider broke; nothing that a client could take for a whole answer.
    byte[] failure(Standing standing, Fault fault);

    /// A provider's error document, read for its meaning. What cannot be read is told by its status alone.
    Fault readError(int status, byte[] body);

    /// An error document in this dialect, as JSON.
    byte[] writeError(Fault fault, String requestId);
}
