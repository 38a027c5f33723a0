/// The command line: one class a command, each a client of a running mesh like any other.
///
/// What needs the mesh goes through [MeshClient] to its control listener over HTTP, with the operator's token from the
/// home folder. Only `start` runs the mesh itself, and `init`, `check`, `token` and `audit` work on the home's files.
/// Exit codes: 0 done, 1 the operation failed, 2 bad configuration or arguments, 3 the machine lacks something.
@NullMarked
@CheckReturnValue
package ai.openlegion.cli;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
