package ai.openlegion.audit;

import java.nio.file.Path;

/// How the audit is signed and how long it is kept.
///
/// @param keyFile the private half of the key that signs; see [AuditKeyFiles]
/// @param checkpoints the folder of signed checkpoints outside the database
/// @param days that an entry is kept; 0 = for ever
public record AuditSettings(Path keyFile, Path checkpoints, int days) {}
