package ai.openlegion.vault;

/// Stored credentials or their master key cannot be used; the message says why and what to do, and holds no value.
public final class VaultException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public VaultException(String message) {
        super(message);
    }

    public VaultException(String message, Throwable cause) {
        super(message, cause);
    }
}
