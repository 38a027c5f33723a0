/// Can they afford it: money, limits, holds, and the one ledger that decides.
///
/// [Ledger] is a pure core behind one lock: the call path takes a [Hold] from it before a call and settles it
/// once after. Accounts are an agent's and the fleet's, each with a UTC day and a UTC month. What is granted is
/// covered by a durable lease first, so that a crash can lose nothing that a provider may have produced; the
/// comment in [Journal] says why that is right. [BudgetVerticle] serves the operator's side over the bus and joins
/// the ledger to the database. [Budget] is the door: its endpoints and facts.
@NullMarked
@CheckReturnValue
package ai.openlegion.budget;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
