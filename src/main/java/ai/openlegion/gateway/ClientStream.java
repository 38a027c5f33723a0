package ai.openlegion.gateway;

import ai.openlegion.proxy.AnswerStream;
import org.jspecify.annotations.Nullable;

/// One streamed answer as its client is told it.
interface ClientStream extends AnswerStream.Sink {

    /// What follows the last frame; null for nothing.
    byte @Nullable [] closing(Door.Receipt receipt);

    /// The well-formed, final end of a stream that the mesh cuts.
    ///
    /// @param tokens of output that the client has got at least
    byte[] cut(int choices, long tokens, Refusal refusal);

    /// The end of a stream whose provider failed it.
    ///
    /// @param tokens of output that the client has got at least
    byte[] failure(long tokens, Refusal refusal);

    /// What shows a waiting client that the stream lives.
    byte[] keepAlive();
}
