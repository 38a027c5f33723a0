/// Tasks: who works on what, with which budget, until when, and what came of it.
///
/// One owner hands tasks to agents, one at a time each, opens their accounts, ends them in time and takes their
/// results; workflows and the operator ask it to.
@NullMarked
@CheckReturnValue
package ai.openlegion.task;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
