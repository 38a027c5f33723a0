package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.OpenAiErrors;
import ai.openlegion.dialect.Standing;
import ai.openlegion.json.Members;
import ai.openlegion.json.PlainJson;
import java.nio.charset.StandardCharsets;

/// The ends of chat streams that go wrong, read and written.
final class ChatErrors {

    private ChatErrors() {}

    /// The error that a frame of a stream, or an answer with status 200, reports.
    static Fault read(byte[] json, int from, int to) {
        return OpenAiErrors.read(PlainJson.readObject(new String(json, from, to - from, StandardCharsets.UTF_8)));
    }

    /// An error frame and no `[DONE]`: SDKs raise an error at it, and nothing looks like a whole answer.
    static byte[] failure(Fault fault) {
        return ("data: {\"error\":" + OpenAiErrors.object(fault) + "}\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /// A `length` end for each choice still open, the error, `[DONE]`.
    ///
    /// @param reason the error's type: a client that pays no heed to codes sees why it ended
    static byte[] cut(Standing standing, int choices, String reason, Fault fault) {
        var text = new StringBuilder(256);
        for (int choice = 0; choice < choices; choice++) {
            if (choice >= Long.SIZE || (standing.finishedChoices & (1L << choice)) == 0) {
                text.append("data: {\"id\":")
                        .append(Members.quoted(standing.id))
                        .append(",\"object\":\"chat.completion.chunk\",\"created\":")
                        .append(standing.created)
                        .append(",\"model\":")
                        .append(Members.quoted(standing.model))
                        .append(",\"choices\":[{\"index\":")
                        .append(choice)
                        .append(",\"delta\":{},\"finish_reason\":\"length\"}]}\n\n");
            }
        }
        text.append("data: {\"error\":")
                .append(OpenAiErrors.object(fault, reason))
                .append("}\n\ndata: [DONE]\n\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
