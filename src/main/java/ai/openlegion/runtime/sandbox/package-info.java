/// Agents in Docker Sandboxes: each in a virtual machine of its own, reached by the command line tools of its
/// vendor,
/// `docker sandbox` and its successor `sbx`.
///
/// What is known of those tools is their documentation; the tests hold them to shapes recorded from it. Where
/// it does
/// not say how something that is required is had, nothing is guessed and the agent is refused.
@NullMarked
@CheckReturnValue
package ai.openlegion.runtime.sandbox;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
