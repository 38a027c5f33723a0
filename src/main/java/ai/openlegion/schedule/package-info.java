/// Time: jobs that send a message or run a workflow, and heartbeats that wake an agent only if a probe fires.
///
/// [Schedule] is the door. When a job is due is a pure question of its expression, its zone and the time.
@NullMarked
@CheckReturnValue
package ai.openlegion.schedule;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
