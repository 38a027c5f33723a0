/// Push lanes: what is in the inbox of an agent that has an address is also posted to it, in order, one lane an agent.
@NullMarked
@CheckReturnValue
package ai.openlegion.push;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
