/// The evidence report: what a period's audit, the ledger and the configuration say about each agent, for a reader who
/// has never seen the mesh.
///
/// [Tally] sums the entries in bounded memory, [Report] is what is known in the end, [ReportJson] and [ReportPage]
/// write
/// it down, [Seal] signs the first and checks it again. Agents choose many of the texts in it, and they are hostile.
@NullMarked
@CheckReturnValue
package ai.openlegion.evidence.report;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
