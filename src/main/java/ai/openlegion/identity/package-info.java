/// Who is calling: agent ids, the tokens that prove them, and the operator's token.
///
/// The token is the identity; no id in a path, header or body makes a caller more than its token. External agents'
/// tokens are derived from a key file in `data/`, so the launcher can print one whether or not the mesh is up.
@NullMarked
@CheckReturnValue
package ai.openlegion.identity;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
