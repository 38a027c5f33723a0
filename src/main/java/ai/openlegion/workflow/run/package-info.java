/// One execution of a workflow as a pure fold over what happened to it: no clock, no store, no bus.
@NullMarked
@CheckReturnValue
package ai.openlegion.workflow.run;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
