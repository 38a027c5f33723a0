/// The LLM path below the gateway's doors: requests scanned and rewritten, providers called, answers metered.
///
/// Owns the wire formats of providers ([CallRequest], [ChatStream], [ChatFrame]) and the connections to them
/// ([Upstream]). Decides nothing: who may call and what it may cost is settled above, in `gateway.Admission`.
@NullMarked
@CheckReturnValue
package ai.openlegion.proxy;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
