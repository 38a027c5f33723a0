/// What only the mesh may know: credentials, and the search for them in text that leaves.
///
/// A value is a [Secret] from the moment it is read; it is revealed only where it is put on a provider's wire.
@NullMarked
@CheckReturnValue
package ai.openlegion.vault;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
