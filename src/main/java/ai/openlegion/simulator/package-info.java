/// A simulated LLM provider: a real HTTP server in every dialect that counts what it generated.
///
/// The demo, the scenario tests and the benchmarks call it through the mesh like any provider. Its counts are the truth
/// that budgets are checked against: a token counts when it is produced, whoever is still there to read it.
@NullMarked
@CheckReturnValue
package ai.openlegion.simulator;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
