/// The operator's listener: status, agents, budgets, reload, stop, explain, views of the fabric, and what happens,
/// live.
///
/// Only the operator's token opens it; an agent's is nobody's here. A request for a foreign `Host` or from a foreign
/// `Origin` is refused before anything else, so that no web page can drive it by DNS rebinding. What it asks goes over
/// the bus to the one who owns it ([ai.openlegion.budget.Budget], [ai.openlegion.acl.Acl], the fabric's doors, and the
/// host, which serves
/// what [Control] declares); an owner that does not answer is a 503.
@NullMarked
@CheckReturnValue
package ai.openlegion.control;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
