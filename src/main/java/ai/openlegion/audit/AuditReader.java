package ai.openlegion.audit;

/// Reads the audit back.
public final class AuditReader {
    private AuditReader() {}
}
