/// What was decided: an append-only log of every decision, chained entry by entry with SHA-256.
///
/// [AuditLog] takes entries without blocking, writes one row a commit group and tells of it on [Audits#RECORDED];
/// [AuditPages] reads them back for those who follow, [TrailReader] for checks of the chain. The queue is bounded: when
/// it is full or the database is unavailable the log does not accept, and a call that cannot be audited is refused.
/// Places of the chain are signed with a [SigningKey]: each [Checkpoint] can be verified with the [AuditKey] alone.
@NullMarked
@CheckReturnValue
package ai.openlegion.audit;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
