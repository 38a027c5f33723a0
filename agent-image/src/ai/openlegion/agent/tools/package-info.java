/// What the model may do: tools, and the box that holds them.
@NullMarked
package ai.openlegion.agent.tools;

import org.jspecify.annotations.NullMarked;
