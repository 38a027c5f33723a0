package ai.openlegion.dialect;

/// Writes one streamed answer in a client's words; there is one for each answer.
public interface StreamWriter extends Events {

    /// Where the stream stands.
    Standing standing();
}
