/// The configuration of one home: strict reading of its files, and the settings and fleet they describe.
///
/// Every file is read to its end and every mistake becomes a [Problem] with file, line and key, so that an operator
/// sees all of them at once; nothing is applied while there is one. Problems name keys, never values: a value may be a
/// secret in the wrong place. The defaults stand in the shipped `conf/mesh.yaml` and a test holds the records to it.
@NullMarked
@CheckReturnValue
package ai.openlegion.config;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
