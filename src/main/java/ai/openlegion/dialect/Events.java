package ai.openlegion.dialect;

/// What is told of an answer, event by event.
@FunctionalInterface
public interface Events {

    /// Takes the next event.
    void on(AnswerEvent event);
}
