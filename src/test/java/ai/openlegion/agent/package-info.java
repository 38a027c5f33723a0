/// The agent of the image, from its own listener to its mesh, both on sockets.
@NullMarked
package ai.openlegion.agent;

import org.jspecify.annotations.NullMarked;
