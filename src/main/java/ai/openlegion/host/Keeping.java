package ai.openlegion.host;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.audit.CheckpointVerticle;
import ai.openlegion.budget.UsageRetentionVerticle;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.store.Database;
import io.vertx.core.Deployable;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// The parts that look after what is stored: its signatures, and its end.
///
/// @param database that holds it
/// @param audit that is signed
record Keeping(Database database, AuditLog audit, MeshSettings settings, InstantSource clock) {

    /// Before everything that records anything, so that they end after it.
    List<Supplier<Deployable>> verticles() {
        return List.of(
                () -> new CheckpointVerticle(database, audit, settings.audit(), clock),
                () -> new UsageRetentionVerticle(database, settings.usageDays(), clock));
    }
}
