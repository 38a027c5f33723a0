/// What the audit proves to somebody who does not trust this machine: checks of the log in a home and of files taken
/// from it, and the formats of those files.
///
/// [Evidence] is its face. Nothing here needs a running mesh, and nothing disturbs one: a home is read in one snapshot,
/// a file with nothing else at hand. The rules are the same for both, in [Proof]. The report is made in `report`.
@NullMarked
@CheckReturnValue
package ai.openlegion.evidence;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
