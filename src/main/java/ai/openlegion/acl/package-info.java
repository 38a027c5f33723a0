/// May they: the permission matrix as one immutable, pure snapshot, default-deny.
///
/// [Policy] decides where the call stands, without a message; the bus serves only [Acl#EXPLAIN], the operator's
/// question what a decision would be.
@NullMarked
@CheckReturnValue
package ai.openlegion.acl;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
