/// What the image's build runs once, so that the JVM can keep what a start of the agent taught it.
@NullMarked
package ai.openlegion.agent.rehearsal;

import org.jspecify.annotations.NullMarked;
