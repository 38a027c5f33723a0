package ai.openlegion.dialect;

/// A request that cannot be said in another dialect without changing what it means.
public final class Untranslatable extends Exception {

    private static final long serialVersionUID = 1L;

    private final String field;

    /// @param field the member at fault, as a path such as `tools[2].type`
    /// @param message for the caller: what is wrong, and what would work
    public Untranslatable(String field, String message) {
        super(message, null, false, false);
        this.field = field;
    }

    /// The member at fault.
    public String field() {
        return field;
    }

    /// What to tell the caller.
    public String text() {
        return String.valueOf(getMessage());
    }
}
