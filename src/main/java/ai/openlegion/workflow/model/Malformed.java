package ai.openlegion.workflow.model;

/// A text of a workflow that does not follow its grammar; the message says what is wrong and where.
public final class Malformed extends Exception {

    private static final long serialVersionUID = 1L;

    public Malformed(String message) {
        super(message, null, false, false);
    }
}
