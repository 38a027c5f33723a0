/// OpenLegion, the mesh host: the gateway through which assumed-hostile agents reach the world.
@NullMarked
package ai.openlegion;

import org.jspecify.annotations.NullMarked;
