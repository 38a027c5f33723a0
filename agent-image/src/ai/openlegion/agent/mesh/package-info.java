/// The way to the mesh, the only host that the agent ever calls.
@NullMarked
package ai.openlegion.agent.mesh;

import org.jspecify.annotations.NullMarked;
