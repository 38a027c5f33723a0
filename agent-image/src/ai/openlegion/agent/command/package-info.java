/// Commands of the model: run with bounds on their time and output, and ended with all that they started.
@NullMarked
package ai.openlegion.agent.command;

import org.jspecify.annotations.NullMarked;
