package ai.openlegion.gateway;

import ai.openlegion.proxy.AnswerStream;
import org.jspecify.annotations.Nullable;

/// One streamed answer as its client is told it.
interface ClientStream extends AnswerStream.Sink {

    /// What follows the last frame; null for nothing.
    byte @Nullable [] closing(Door.Receipt receipt);

    /// The well-formed, final end of a stream that the mesh cuts.
    byte[] cut(int choices, Refusal refusal);

    /// The end of a stream whose provider failed it.
    byte[] failure(Refusal refusal);

    /// What shows a waiting client that the stream lives.
    byte[] keepAlive();
}
