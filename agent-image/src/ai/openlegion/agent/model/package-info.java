/// Calls of the model through the mesh, in the chat dialect: whole or as they stream, retried where that may help.
@NullMarked
package ai.openlegion.agent.model;

import org.jspecify.annotations.NullMarked;
