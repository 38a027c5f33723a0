package ai.openlegion.dialect;

/// Where bytes for the client are gathered.
public interface Out {

    /// Adds these bytes.
    void append(byte[] bytes, int from, int to);

    /// Adds these bytes.
    default void append(byte[] bytes) {
        append(bytes, 0, bytes.length);
    }
}
