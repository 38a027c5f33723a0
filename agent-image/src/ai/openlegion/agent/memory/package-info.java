/// What the agent keeps beyond a task: facts that it can search, and a log of its days.
@NullMarked
package ai.openlegion.agent.memory;

import org.jspecify.annotations.NullMarked;
