/// What isolates agents: the seam behind which each way of running one stands.
///
/// A runtime starts and stops programs and tells how they are confined. It keeps no state of an agent: that is its
/// supervisor's. The implementations are in the packages below.
@NullMarked
@CheckReturnValue
package ai.openlegion.runtime;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
