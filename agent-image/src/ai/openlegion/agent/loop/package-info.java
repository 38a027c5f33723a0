/// The loop of model and tool calls: of a task, of a chat, and what ends either.
@NullMarked
package ai.openlegion.agent.loop;

import org.jspecify.annotations.NullMarked;
