/// Workflows and runs as pictures: text for a terminal, SVG, Mermaid. Pure values.
@NullMarked
@CheckReturnValue
package ai.openlegion.workflow.draw;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
