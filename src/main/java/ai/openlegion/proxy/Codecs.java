package ai.openlegion.proxy;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Codec;
import ai.openlegion.dialect.chat.ChatCodec;
import ai.openlegion.dialect.messages.MessagesCodec;
import ai.openlegion.dialect.responses.ResponsesCodec;

/// The codec of each dialect.
public final class Codecs {

    private Codecs() {}

    /// Whose words a dialect's are.
    public static Codec of(Dialect dialect) {
        return switch (dialect) {
            case OPENAI -> ChatCodec.INSTANCE;
            case ANTHROPIC -> MessagesCodec.INSTANCE;
            case RESPONSES -> ResponsesCodec.INSTANCE;
        };
    }
}
