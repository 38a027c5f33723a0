package ai.openlegion.simulator;

/// Where a generation's tokens go: a stream of events, or one JSON body.
sealed interface Sink permits ChatEvents, MessagesEvents, ResponsesEvents, WholeSink {

    /// Before the first token.
    void open();

    /// Token `i` of a choice, `generated` tokens in all so far.
    void token(int choice, int i, long generated);

    /// The regular end.
    void finish(long generated);

    /// An end without its terminal frame.
    void stop();

    /// An error in the middle.
    void fail();

    /// The connection closed inside a frame.
    void drop();

    /// Whether the client reads slower than the model speaks.
    boolean full();
}
