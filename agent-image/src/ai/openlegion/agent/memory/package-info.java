/// What the agent keeps beyond a task and a restart: facts that it can search.
@NullMarked
package ai.openlegion.agent.memory;

import org.jspecify.annotations.NullMarked;
