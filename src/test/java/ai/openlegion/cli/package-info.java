/// The command line and the launcher as a user meets them: processes with arguments, output and an exit code.
@NullMarked
package ai.openlegion.cli;

import org.jspecify.annotations.NullMarked;
