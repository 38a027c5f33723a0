package ai.openlegion.audit;

/// An entry as it stands in the audit, under its number; the first is 1.
public record Recorded(long seq, AuditEntry entry) {}
