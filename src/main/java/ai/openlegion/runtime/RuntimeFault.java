package ai.openlegion.runtime;

/// Why agents cannot be run as asked, in words for the operator.
public final class RuntimeFault extends Exception {

    private static final long serialVersionUID = 1;

    private final Kind kind;

    /// What the supervisor does about a fault.
    public enum Kind {
        /// The machine lacks something; trying again changes nothing until somebody installs it.
        MISSING,
        /// The engine does not answer now; trying again may help.
        UNAVAILABLE,
        /// What was started was less confined than asked, and has been removed.
        UNCONFINED,
        /// This agent cannot be started as it is configured: no such image, no such command.
        UNSTARTABLE
    }

    /// @param message what is wrong and what to do about it, without a credential in it
    public RuntimeFault(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /// What kind of fault it is.
    public Kind kind() {
        return kind;
    }
}
