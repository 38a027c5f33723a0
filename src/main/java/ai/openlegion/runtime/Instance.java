package ai.openlegion.runtime;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// A started agent, as its runtime finds it.
///
/// @param id of the container or process, by which the runtime knows it
/// @param start the label of its launch; empty where it has none
/// @param address of its HTTP server; null where it has none
/// @param token the digest of the `MESH_AUTH_TOKEN` in its environment; null where that cannot be read
/// @param isConfined whether it runs and is exactly as confined as a start today would make it
/// @param flaw what is less confined or wrong; empty where nothing is
public record Instance(
        String id,
        AgentId agent,
        String start,
        @Nullable URI address,
        @Nullable TokenDigest token,
        boolean isConfined,
        String flaw) {}
