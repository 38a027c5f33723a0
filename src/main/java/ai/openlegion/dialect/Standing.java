package ai.openlegion.dialect;

import java.util.TreeSet;

/// Where a stream to a client stands: what a codec must know to end it well-formed at any moment.
///
/// Kept by the reader where frames pass as they are, by the writer where they are translated.
public final class Standing {

    /// Whether the client has been told that an answer begins.
    public boolean started;

    /// The answer's id, as the client knows it.
    public String id = "";

    /// The model's name, as the client knows it.
    public String model = "";

    /// Seconds since 1970.
    public long created;

    /// A bit for each of the first 64 choices that has ended.
    public long finishedChoices;

    /// The client's indices of content blocks or output items that are open.
    public final TreeSet<Integer> open = new TreeSet<>();

    /// Whether the client has been told of any part of the answer.
    public boolean hasOutput;

    /// The number of the last event, where the dialect numbers them; -1 before the first.
    public long sequence = -1;

    /// The figures so far.
    public Usage usage = Usage.of(0, 0);
}
