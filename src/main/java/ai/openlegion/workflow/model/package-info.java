/// What a workflow is: its steps, where they get their input, and the graph they make. Pure values.
@NullMarked
@CheckReturnValue
package ai.openlegion.workflow.model;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
