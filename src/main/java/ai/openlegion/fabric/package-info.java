/// The way of agents to the fabric: one HTTP route a crossing, each identified, bounded, decided and audited here, and
/// then asked of its owner on the bus.
@NullMarked
@CheckReturnValue
package ai.openlegion.fabric;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
