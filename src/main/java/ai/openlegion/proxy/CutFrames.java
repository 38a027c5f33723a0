package ai.openlegion.proxy;

import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;

/// The last frames of a chat stream that the mesh ends: well-formed for any client of the dialect.
final class CutFrames {

    private CutFrames() {}

    /// A `length` end for each choice still open, the error, `[DONE]`.
    ///
    /// @param finishedChoices a bit for each of the first 64 choices that has ended by itself
    static byte[] of(String id, long created, String model, int choices, long finishedChoices, String errorJson) {
        var text = new StringBuilder(256);
        for (int choice = 0; choice < choices; choice++) {
            if (choice >= Long.SIZE || (finishedChoices & (1L << choice)) == 0) {
                text.append("data: {\"id\":")
                        .append(Json.encode(id))
                        .append(",\"object\":\"chat.completion.chunk\",\"created\":")
                        .append(created)
                        .append(",\"model\":")
                        .append(Json.encode(model))
                        .append(",\"choices\":[{\"index\":")
                        .append(choice)
                        .append(",\"delta\":{},\"finish_reason\":\"length\"}]}\n\n");
            }
        }
        text.append("data: {\"error\":").append(errorJson).append("}\n\ndata: [DONE]\n\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
