package ai.openlegion.agent.tools;

/// An argument that a tool does not take, or not like that; the message is for the model.
final class WrongArgument extends Exception {
    private static final long serialVersionUID = 1;

    WrongArgument(String message) {
        super(message);
    }
}
