/// The agent that OpenLegion ships: an HTTP server, a loop of model and tool calls, and tools confined to `/data`.
///
/// It is written on the JDK alone and knows nothing of the mesh but its HTTP routes: it runs in a container, where
/// nothing else of this repository is. Absence is an [java.util.Optional] here, so that it needs no annotations
/// either; only this file is left out of the image.
@NullMarked
package ai.openlegion.agent;

import org.jspecify.annotations.NullMarked;
