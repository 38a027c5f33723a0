/// Providers, models and prices: what may be called, where it lives, and the most it can cost.
///
/// A [Catalogue] is an immutable snapshot built from the shipped `conf/providers.yaml` and `conf/models.yaml` and the
/// operator's `mesh.yaml`; the call path resolves a model name in it with one map lookup.
@NullMarked
@CheckReturnValue
package ai.openlegion.catalogue;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
