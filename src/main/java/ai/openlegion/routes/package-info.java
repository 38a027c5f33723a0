/// What both listeners share: the permission each route declares, the walk at start that stops the mesh over a route
/// without one, and the ids of requests.
@NullMarked
@CheckReturnValue
package ai.openlegion.routes;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
