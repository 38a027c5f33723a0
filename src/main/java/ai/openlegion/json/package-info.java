/// JSON as every edge of the mesh reads it: strictly, and without losing a byte of what is passed on.
@NullMarked
@CheckReturnValue
package ai.openlegion.json;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
