/// What the agent is doing: the one task that runs, the chats that queue, what arrived, and what the mesh is told.
@NullMarked
package ai.openlegion.agent.work;

import org.jspecify.annotations.NullMarked;
