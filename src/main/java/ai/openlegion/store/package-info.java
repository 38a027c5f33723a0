/// The database: one writer thread that commits in groups, a small pool of read connections, and the migrations.
///
/// Everything that must survive `kill -9` goes through [Database]. Single writes are isolated from each other inside
/// the group; standing [GroupMember]s (the ledger, the audit log) take part in every commit. When a commit fails the
/// database says it is unavailable, and says so until a later commit succeeded: whoever spends must refuse meanwhile.
@NullMarked
@CheckReturnValue
package ai.openlegion.store;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
