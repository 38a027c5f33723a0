/// The fleet: every agent of one home with its models, limits, policy, tokens and credentials, as one snapshot.
///
/// A reload builds a whole new [Fleet] and the [FleetRegistry] swaps it in at once; a call takes the current one once
/// and uses nothing else, so no call ever sees half of a change.
@NullMarked
@CheckReturnValue
package ai.openlegion.fleet;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
