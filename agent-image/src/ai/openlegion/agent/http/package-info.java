/// The agent's HTTP server: its routes, open to the mesh alone.
@NullMarked
package ai.openlegion.agent.http;

import org.jspecify.annotations.NullMarked;
