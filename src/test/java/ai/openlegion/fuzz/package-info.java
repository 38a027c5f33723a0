/// Hostile bytes for every reader of the mesh: seeded generators, and oracles that know the right answer by another
/// way. What is package-private is fuzzed by tests of its own package with the [Fuzz] of this one.
@NullMarked
@CheckReturnValue
package ai.openlegion.fuzz;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
