/// Typed requests and facts on the Vert.x event bus; the only package that sees it.
///
/// A capability declares its [Endpoint]s (ask, one answer) and [Topic]s (published facts) in its door class, each with
/// a [Scope]. Messages are [Wire] records and travel by reference inside one node. Bytes never travel here: streams
/// are piped socket to socket, only totals and transitions are messages.
@NullMarked
@CheckReturnValue
package ai.openlegion.bus;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
