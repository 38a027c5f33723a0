/// What an auditor takes away: the report is made in `report`.
@NullMarked
@CheckReturnValue
package ai.openlegion.evidence;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
