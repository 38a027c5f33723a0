package ai.openlegion.workflow.run;

/// A transition as JSON text, as the store has it.
public final class TransitionJson {

    private TransitionJson() {}

    /// The text of a transition, on one line.
    public static String write(Transition transition) {
        throw new UnsupportedOperationException();
    }

    /// The transition that a text of [#write] stands for.
    ///
    /// @throws IllegalArgumentException when it is no such text
    public static Transition read(String text) {
        throw new UnsupportedOperationException();
    }
}
