/// Files of the agent's data folder, and none outside, whatever the paths and links say.
@NullMarked
package ai.openlegion.agent.files;

import org.jspecify.annotations.NullMarked;
