package ai.openlegion.dialect;

import java.io.IOException;

/// Reads one provider's answer; there is one for each answer.
public interface AnswerReader {

    /// Reads one document of a stream, the data of a server-sent event, and tells what it says.
    ///
    /// @return whether the client gets the frame too; false for what only the mesh has asked for
    /// @throws IOException when it is no document of the dialect
    boolean frame(byte[] data, int from, int to, Events events) throws IOException;

    /// Reads a whole answer and tells what it says, the last event being [AnswerEvent.Completed] or
    /// [AnswerEvent.Failed].
    ///
    /// @throws IOException when it is no answer of the dialect
    void whole(byte[] json, Events events) throws IOException;

    /// Whether each frame has a number of its own, so that no two of them are ever alike.
    default boolean numbersFrames() {
        return false;
    }

    /// Where the stream stands.
    Standing standing();
}
