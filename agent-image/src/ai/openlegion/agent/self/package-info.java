/// What the agent was given and stands on: its settings, its time, and how text from others is cleaned.
@NullMarked
package ai.openlegion.agent.self;

import org.jspecify.annotations.NullMarked;
