/// The blackboard: versioned entries that agents share, with compare-and-set, expiry and watches.
///
/// [Blackboard] is its door. One verticle owns the entries; every write is one transaction of the store.
@NullMarked
@CheckReturnValue
package ai.openlegion.blackboard;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
