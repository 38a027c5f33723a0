/// The supervisor: one owner of each agent that the mesh runs, from its start to its end.
@NullMarked
@CheckReturnValue
package ai.openlegion.supervisor;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
