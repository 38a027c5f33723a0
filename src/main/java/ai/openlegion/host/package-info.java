/// The composition root: reads the home, builds every part, deploys in order, drains and stops.
///
/// Nothing else constructs a verticle. A start that fails says why and leaves nothing behind.
@NullMarked
@CheckReturnValue
package ai.openlegion.host;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
