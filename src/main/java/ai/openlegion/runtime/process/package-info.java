/// Agents as child processes of the mesh: for development, and for the demo where there is no engine. No
/// security
/// boundary, whatever is done here to keep them apart.
@NullMarked
@CheckReturnValue
package ai.openlegion.runtime.process;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
