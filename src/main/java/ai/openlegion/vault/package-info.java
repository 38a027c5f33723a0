/// What only the mesh may know: credentials, and the search for them in text that leaves.
///
/// A value is a [Secret] from the moment it is read; it is revealed only where it is put on a provider's wire. Those of
/// the environment and of `.env` are in memory only; those that are set while the mesh runs have their owner in
/// [CredentialStore] and rest under [MasterKeys].
@NullMarked
@CheckReturnValue
package ai.openlegion.vault;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
