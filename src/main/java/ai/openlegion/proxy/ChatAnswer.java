package ai.openlegion.proxy;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A provider's whole answer to a chat call, read for what it cost.
public final class ChatAnswer {

    private final ChatFrame frame;
    private final @Nullable ChatUsage usage;

    private ChatAnswer(ChatFrame frame) {
        this.frame = frame;
        usage = ChatUsage.isIn(frame) ? ChatUsage.of(frame) : null;
    }

    /// Reads an answer.
    ///
    /// @param collect whether content and tool calls are kept
    /// @throws IOException when it is not a JSON object
    public static ChatAnswer read(byte[] json, boolean collect) throws IOException {
        return new ChatAnswer(ChatFrame.read(json, 0, json.length, collect));
    }

    /// Whether the document has choices at all; without, it is no chat answer.
    public boolean isChat() {
        return frame.hasChoices && !frame.hasError;
    }

    /// The provider's own figures, if it gave any.
    public @Nullable ChatUsage usage() {
        return usage;
    }

    /// The fewest output tokens the answer can have cost.
    public long lowerBound() {
        return frame.nonEmptyDeltas;
    }

    /// The most output tokens the answer shows.
    public long upperBound() {
        return frame.outputBytes;
    }

    /// The text of the first choice; empty unless collected.
    public String content() {
        return frame.content.toString();
    }

    /// The tool calls; empty unless collected.
    public List<ChatFrame.ToolCall> toolCalls() {
        return frame.toolCalls;
    }
}
