/// The permission each route declares, and the walk at start that stops the mesh over a route without one.
@NullMarked
@CheckReturnValue
package ai.openlegion.routes;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
