/// The LLM path below the gateway's doors: requests scanned and rewritten, providers called, answers metered.
///
/// Owns the strict reading of what clients send ([CallRequest]), the reading and metering of what providers answer
/// ([AnswerStream], [WholeAnswer]) and the connections to them ([Upstream]); what a dialect's words mean is
/// `dialect`'s. Decides nothing: who may call and what it may cost is settled above, in `gateway.Admission`.
@NullMarked
@CheckReturnValue
package ai.openlegion.proxy;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
