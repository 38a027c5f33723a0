/// Agents in containers of the Docker engine: the hardened container, the fleet's network, the filter of the host's
/// ports, the images, and the comparison of what runs with what was asked.
///
/// [DockerRuntime] is its face. The engine is reached over its Unix socket by docker-java, never on an event loop and
/// never without a deadline; nothing outside this package sees docker-java.
@NullMarked
@CheckReturnValue
package ai.openlegion.runtime.docker;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
