/// Workflows: what the rest of the mesh asks of them.
@NullMarked
@CheckReturnValue
package ai.openlegion.workflow;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
